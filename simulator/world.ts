import type { Exchange } from './exchange.ts'
import { Faults } from './faults.ts'
import { Ids } from './ids.ts'
import type { Settings } from './options.ts'
import { RateLimits } from './rate-limit.ts'
import { Repository } from './repository.ts'
import type { TokenGrant } from './spec.ts'
import { Storage } from './storage.ts'
import { Timeline } from './timeline.ts'
import { DEFAULT_GRANT, DEFAULT_TOKEN } from './tokens.ts'

/** Where the listeners are; known once they listen. */
export interface Addresses {
  api: string
  server: string
  storage: string
}

/** The whole state of one simulated GitHub. */
export class World {
  readonly settings: Settings
  readonly timeline: Timeline
  readonly rateLimits: RateLimits
  readonly storage: Storage
  readonly ids = new Ids()
  readonly faults = new Faults()
  /** Writes that were accepted, whatever the client was told. */
  readonly acceptedWrites: Exchange[] = []
  readonly tokens = new Map<string, TokenGrant>([[DEFAULT_TOKEN, DEFAULT_GRANT]])
  /** API answers so far: numbers the x-github-request-id. */
  answered = 0
  addresses: Addresses = { api: '', server: '', storage: '' }
  readonly #repositories: Repository[] = []
  readonly #formerNames = new Map<string, Repository>()

  constructor(settings: Settings) {
    this.settings = settings
    this.timeline = new Timeline(settings.clock)
    this.rateLimits = new RateLimits(settings.rateLimit, this.timeline)
    this.storage = new Storage(this.timeline)
  }

  /** The repository of that name, made on first use. */
  repository(fullName: string): Repository {
    const known = this.findRepository(fullName)
    if (known) return known
    const repository = new Repository(this, this.ids.next('repository'), fullName)
    this.#repositories.push(repository)
    return repository
  }

  /** By current name, in any case. */
  findRepository(fullName: string): Repository | undefined {
    const name = fullName.toLowerCase()
    return this.#repositories.find((repository) => repository.fullName.toLowerCase() === name)
  }

  findRepositoryById(id: number): Repository | undefined {
    return this.#repositories.find((repository) => repository.id === id)
  }

  /** By a name it no longer has. */
  findRenamed(fullName: string): Repository | undefined {
    return this.#formerNames.get(fullName.toLowerCase())
  }

  /** Every name that ever led to a repository, the current one first. */
  namesOf(repository: Repository): string[] {
    const former = [...this.#formerNames].filter(([, renamed]) => renamed === repository).map(([name]) => name)
    return [repository.fullName, ...former]
  }

  /** Gives a repository another name; the old one redirects from now on. */
  rename(oldName: string, newName: string): void {
    const repository = this.repository(oldName)
    this.#formerNames.set(oldName.toLowerCase(), repository)
    this.#formerNames.delete(newName.toLowerCase())
    repository.fullName = newName
  }
}
