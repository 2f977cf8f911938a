import { withProfiles } from './catalog/profiles.ts'
import type { Catalog, Value } from './catalog/types.ts'
import { kindsOf, profileEndpoint } from './config/endpoints.ts'
import { loadProfile } from './config/load.ts'
import type { Profile } from './config/types.ts'
import { credentialVariables, knownSecrets } from './config/variables.ts'
import type { Approve, Confirm } from './engine/writes/pending.ts'
import type { Activity, Progress } from './engine/result.ts'
import { createProfileClient } from './http/profile-client.ts'
import type { HttpClient, Trace } from './http/types.ts'
import { openCatalog } from './providers.ts'

export interface SessionOptions {
  /** Environment variables with credentials, base URLs and proxies; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Name of a profile in the configuration file, instead of CONFLUENTQL_PROFILE; or a profile itself. */
  readonly profile?: string | Profile | undefined
  /**
   * Names of two or more profiles, instead of `profile`: each resource gets a column `profile`, a SELECT is sent with all of
   * them, or with those that it gives; changes must give one. Variables of the environment give no credentials then.
   */
  readonly profiles?: readonly string[] | undefined
  /** Base URL instead of the provider's. */
  readonly endpoint?: string | undefined
  /** Timeout of a request in milliseconds; default 30,000. */
  readonly timeout?: number | undefined
  /** How often a request is sent again after 429, 5xx or a lost connection; default 4. */
  readonly retries?: number | undefined
  /** Most requests in flight to one host; default 32. */
  readonly concurrency?: number | undefined
  /** For how many seconds the answer of a read is used for identical reads, called before each; undefined, also the default: not at all. Changes empty the cache. */
  readonly cache?: (() => number | undefined) | undefined
  /** Read nothing from the cache. */
  readonly fresh?: boolean | undefined
  /** Values of `:name` in statements, looked up when one is planned. */
  readonly variables?: Readonly<Record<string, Value>> | undefined
  /** SQLite file for the session's tables and views; without one they end with the session. */
  readonly db?: string | undefined
  /** Megabytes of rows to keep in memory; more are in a temporary file, which ends with the process. Default 256. */
  readonly memory?: number | undefined
  /** Show the requests of INSERT, UPDATE, REPLACE, DELETE and EXEC instead of sending them; read before each statement. */
  readonly dryRun?: boolean | undefined
  /** Called before an UPDATE, REPLACE or DELETE that may affect more than one row is sent; false: nothing is sent, and the error is ABORTED. Default: no confirmation. */
  readonly confirm?: Confirm | undefined
  /** Called with the exact requests of any change before the first is sent; false: nothing is sent, and the error is ABORTED. */
  readonly approve?: Approve | undefined
  /** Show secrets that the API answers with, instead of masking them. */
  readonly showSecrets?: boolean | undefined
  /** A SELECT must give every required parameter; else those that it does not give come from parents: it is asked for each environment, each cluster, … */
  readonly requireKeys?: boolean | undefined
  /** Wait for the end of long-running operations, as `/*+ AWAIT *\/` does in one statement. */
  readonly await?: boolean | undefined
  /** Continue with the other rows of a change when one fails, as `/*+ CONTINUE *\/` does in one statement. */
  readonly continueOnError?: boolean | undefined
  /**
   * Leave out calls of a query that cannot be reached (no credential, no connection, 401, 403, 404) where a table needs several
   * calls, instead of failing; `leftOut` of the result lists them. Read before each statement. Default: as the profile says.
   */
  readonly skipUnreachable?: boolean | undefined
  /** Milliseconds to wait for one object; default: the provider file's setting. */
  readonly awaitTimeout?: number | undefined
  /** Milliseconds between two reads of an awaited object; default: the provider file's setting. */
  readonly awaitEvery?: number | undefined
  /** Called with the state of an awaited object, each time it is read. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Called for every request when it is answered; URLs contain no credentials. */
  readonly onTrace?: ((trace: Trace) => void) | undefined
  /** Whether traces have the bodies of requests and answers, secrets masked; called for each request. Default: no. */
  readonly traceBodies?: (() => boolean) | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Called with the progress of a statement's scans. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Called before and after each step in which SQLite may block the thread for long. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
  /**
   * Folders of further providers: each a provider or a folder of providers, as YAML or as compileProviders compiles them. Those
   * in CONFLUENTQL_PROVIDER_PATH of `env` come after them.
   */
  readonly providers?: string | readonly string[] | undefined
  /** @internal The rows of json_each in statements were read from other tables: a key from them that the API answers with 404 has no rows. */
  readonly rowsInJson?: boolean | undefined
  /** @internal Folder of compiled providers instead of the built-in ones. */
  readonly builtIn?: string | undefined
}

/** The catalog, the profiles, and the clients with their credentials. */
export class Access {
  readonly #options: SessionOptions
  readonly #single: Catalog
  readonly catalog: Catalog
  #loaded: Promise<readonly Profile[]> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const { env = process.env, providers = [], builtIn } = options
    this.#single = openCatalog({ env, providers: [providers].flat(), builtIn })
    this.catalog = options.profiles ? withProfiles(this.#single, options.profiles) : this.#single
  }

  profiles(): Promise<readonly Profile[]> {
    const { profiles, profile } = this.#options
    this.#loaded ??= Promise.all((profiles ?? [profile]).map(of => this.#load(of)))
    return this.#loaded
  }

  async useProfile(name: string): Promise<void> {
    this.#loaded = Promise.resolve([await this.#load(name)])
  }

  async connect(onTrace: (trace: Trace) => void): Promise<HttpClient> {
    const { createClient } = await import('./http/client.ts')
    const {
      env = process.env,
      endpoint,
      timeout,
      retries,
      concurrency,
      cache,
      traceBodies,
      onNotice,
    } = this.#options
    const names = this.#options.profiles
    const found = await this.profiles()
    const withheld = found.flatMap(profile => credentialVariables(this.#single, profile))
    const clients = found.map((profile, i) =>
      createClient({
        env: names ? withoutUrls(env, this.#single, profile) : env,
        endpoint,
        profile,
        withheld,
        secrets: knownSecrets(this.#single, profile, env),
        onNotice,
        timeout,
        retries,
        concurrency,
        cache,
        traceBodies,
        onTrace: names ? trace => onTrace({ ...trace, profile: names[i]! }) : onTrace,
      }),
    )
    return names ? createProfileClient(new Map(names.map((name, i) => [name, clients[i]!]))) : clients[0]!
  }

  async #load(of: string | Profile | undefined): Promise<Profile> {
    const { env = process.env, onNotice } = this.#options
    if (typeof of === 'object') return of
    const profile = await loadProfile({ env, name: of, kinds: kindsOf(this.#single) })
    for (const note of profile.notes ?? []) onNotice?.(note)
    return profile
  }
}

/** The environment without the variables of base URLs that a profile has itself: with several profiles, a variable can be right for one only. */
function withoutUrls(
  env: Readonly<Record<string, string | undefined>>,
  catalog: Catalog,
  profile: Profile,
): Readonly<Record<string, string | undefined>> {
  const own = catalog
    .providers()
    .flatMap(({ hosts }) => Object.values(hosts))
    .filter(host => profileEndpoint(host, profile) !== undefined)
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.some(host => host.urlEnv === name)))
}

/** What the sessions of a pool have in common. */
export interface Shared {
  readonly catalog: Catalog
  profiles(): Promise<readonly Profile[]>
  /** The common client, which a session does not close. */
  connect(onTrace: (trace: Trace) => void): Promise<HttpClient>
}
