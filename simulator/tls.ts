import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'

/** A certificate authority of nobody's, and a certificate that it signed. */
export interface PrivateCa {
  /** PEM file of the authority: what goes into NODE_EXTRA_CA_CERTS. */
  readonly caFile: string
  readonly key: string
  readonly certificate: string
  remove(): void
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Makes a certificate authority and a certificate for these host names and 127.0.0.1, with the `openssl` command. */
export function createPrivateCa(...hosts: string[]): PrivateCa {
  const folder = mkdtempSync(join(tmpdir(), 'private-ca-'))
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['IP:127.0.0.1', ...hosts.map((host) => `DNS:${host}`)].join(',')
  writeFileSync(join(folder, 'names'), `subjectAltName=${names}\n`)
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Private CA')
  openssl('req', ...newKey, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=server')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'certificate.pem', ...signed)
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  return {
    caFile: join(folder, 'ca.pem'),
    key: read('key.pem'),
    certificate: read('certificate.pem'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Something that speaks TLS on 127.0.0.1 in front of a port that does not. */
export interface TlsFront {
  readonly port: number
  /** Connections that clients have opened, whether or not they liked the certificate. */
  readonly connections: { count: number }
  /** The port behind it; to be set before the first request. */
  target: number
  close(): Promise<void>
}

/** Starts a TLS server that hands on everything to the port in `target`. */
export async function startTlsFront({ key, certificate }: PrivateCa): Promise<TlsFront> {
  const sockets = new Set<TLSSocket>()
  const connections = { count: 0 }
  const server = createServer({ key, cert: certificate }, (client) => {
    sockets.add(client)
    const behind = connect(front.target, '127.0.0.1')
    behind.on('error', () => client.destroy())
    client.on('error', () => behind.destroy())
    client.on('close', () => behind.destroy())
    client.pipe(behind).pipe(client)
  })
  server.on('connection', () => {
    connections.count += 1
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const front: TlsFront = {
    port: (server.address() as AddressInfo).port,
    connections,
    target: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return front
}
