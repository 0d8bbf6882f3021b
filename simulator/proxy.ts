import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** One `CONNECT` that a proxy was asked for. */
export interface Tunnel {
  /** `host:port`, as the client named it. */
  target: string
  headers: Record<string, string | string[] | undefined>
}

/** A running proxy. */
export interface SimulatedProxy {
  /** What goes into `https_proxy`. */
  readonly url: string
  /** All that were asked for, refused ones included. */
  readonly tunnels: Tunnel[]
  close(): Promise<void>
}

/** What `startProxy` takes. */
export interface ProxyOptions {
  /** Where a `host:port` leads: a port of this machine. Names beyond these are unknown (502). */
  hosts: Record<string, number>
  /** `user:password` that a client has to send. */
  credentials?: string
  /** Takes connections and never answers. */
  hangs?: boolean
}

/** Starts an HTTP proxy on 127.0.0.1 that opens tunnels, as a company's proxy does; it also resolves the names. */
export async function startProxy({ hosts, credentials, hangs = false }: ProxyOptions): Promise<SimulatedProxy> {
  const tunnels: Tunnel[] = []
  const sockets = new Set<Duplex>()
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const open = ({ url = '', headers }: IncomingMessage, client: Duplex, head: Buffer) => {
    sockets.add(client)
    client.on('error', () => {})
    tunnels.push({ target: url, headers })
    const port = hosts[url]
    if (hangs) return
    if (expected && headers['proxy-authorization'] !== expected) refuse(client, '407 Proxy Authentication Required')
    else if (port === undefined) refuse(client, '502 Bad Gateway')
    else sockets.add(join(client, head, port))
  }
  const server = createServer((_request, response) => response.writeHead(405).end()).on('connect', open)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
        server.closeAllConnections()
      }),
  }
}

const refuse = (client: Duplex, status: string): unknown =>
  client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)

function join(client: Duplex, head: Buffer, port: number): Duplex {
  const server = connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    server.write(head)
    server.pipe(client).pipe(server)
  })
  server.on('error', () => client.destroy())
  client.on('close', () => server.destroy())
  return server
}
