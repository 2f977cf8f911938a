import { withProfiles } from './catalog/profiles.ts'
import type { Value } from './catalog/types.ts'
import { hasEndpoint, hasUrlVariable, kindsOf } from './config/endpoints.ts'
import { loadProfile } from './config/load.ts'
import type { Profile } from './config/types.ts'
import { credentialVariables } from './config/variables.ts'
import type { Confirm } from './engine/confirm.ts'
import type { Activity, Progress } from './engine/result.ts'
import { Session as EngineSession } from './engine/session.ts'
import { ConfluentqlError } from './errors.ts'
import { createProfileClient } from './http/profile-client.ts'
import type { Trace } from './http/types.ts'
import { loadCompiler, openCatalog, version } from './providers.ts'

export { ConfluentqlError, type ErrorCode, type Span } from './errors.ts'
export type { Value } from './catalog/types.ts'
export type { Confirm, PendingChange } from './engine/confirm.ts'
export type { LeftOut } from './engine/lacks.ts'
export type { Activity, Progress, Result, Row } from './engine/result.ts'
export type { Plan, PlanColumn, QueryPlan, CallsPlan, RowsPlan, Scan } from './plan/plan.ts'
export type { Trace } from './http/types.ts'
export type { Entry, Profile, Scope, Secret, Source } from './config/types.ts'

/**
 * Compiles provider files, for `providers` of a session: the provider in a folder, or those in its folders, into a folder each in
 * `outDir`. A session also takes the provider files themselves, and compiles them when they have changed.
 * @throws ConfluentqlError PROVIDER with the file, line and path of each error
 */
export function compileProviders(sourceDir: string, outDir: string): void {
  loadCompiler().compileProviders(sourceDir, outDir)
}

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
  /** Requests in flight to one host; default 4. */
  readonly concurrency?: number | undefined
  /** For how many seconds the answer of a read is used for identical reads, called before each; undefined, also the default: not at all. Changes empty the cache. */
  readonly cache?: (() => number | undefined) | undefined
  /** Values of `:name` in statements, looked up when one is planned. */
  readonly variables?: Readonly<Record<string, Value>> | undefined
  /** SQLite file for the session's tables and views; without one they end with the session. */
  readonly db?: string | undefined
  /** Show the requests of INSERT, UPDATE, REPLACE, DELETE and EXEC instead of sending them; read before each statement. */
  readonly dryRun?: boolean | undefined
  /** Called before an UPDATE, REPLACE or DELETE that may affect more than one row is sent; false: nothing is sent, and the error is ABORTED. Default: no confirmation. */
  readonly confirm?: Confirm | undefined
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
  /** @internal Folder of compiled providers instead of the built-in ones. */
  readonly builtIn?: string | undefined
}

/**
 * SQL over the API, for programs.
 *
 * ```js
 * const session = new Session()
 * for await (const { columns, rows } of session.run('SELECT id, email FROM confluent.iam.users')) {
 *   for await (const row of rows) console.log(row)
 * }
 * await session.close()
 * ```
 */
export class Session extends EngineSession {
  readonly #useProfile: (name: string) => Promise<void>
  readonly #skips: () => Promise<boolean>

  constructor(options: SessionOptions = {}) {
    const {
      providers = [],
      builtIn,
      variables,
      db,
      env = process.env,
      endpoint,
      timeout,
      retries,
      concurrency,
      showSecrets,
      onTrace,
      onNotice,
      cache,
      traceBodies,
    } = options
    const single = openCatalog({ env, providers: [providers].flat(), builtIn })
    const names = options.profiles
    const catalog = names ? withProfiles(single, names) : single
    const load = async (of: string | Profile | undefined): Promise<Profile> =>
      typeof of === 'object' ? of : loadProfile({ env, name: of, kinds: kindsOf(single) })
    let loaded: Promise<readonly Profile[]> | undefined
    const profiles = (): Promise<readonly Profile[]> => {
      loaded ??= Promise.all((names ?? [options.profile]).map(load))
      return loaded
    }
    const skips = async (): Promise<boolean> =>
      options.skipUnreachable ?? (await profiles()).every(profile => profile.skipUnreachable === true)
    super({
      catalog,
      version,
      variables,
      // read before each statement
      get dryRun() {
        return options.dryRun
      },
      confirm: options.confirm,
      db,
      onNotice,
      onActivity: options.onActivity,
      onBusy: options.onBusy,
      showSecrets,
      requireKeys: async () =>
        options.requireKeys ?? (await profiles()).some(profile => profile.requireKeys === true),
      await: options.await,
      continueOnError: options.continueOnError,
      waiting: { timeout: options.awaitTimeout, every: options.awaitEvery, onProgress: options.onProgress },
      skipUnreachable: skips,
      supplies: async () => {
        const found = await profiles()
        return (host, variable) =>
          found.every(profile =>
            variable === undefined
              ? hasEndpoint(host, env, profile)
              : endpoint !== undefined || hasUrlVariable(host, variable, env, profile),
          )
      },
      connect: async count => {
        const { createClient } = await import('./http/client.ts')
        const found = await profiles()
        const withheld = found.flatMap(profile => credentialVariables(single, profile))
        const clients = found.map(profile =>
          createClient({
            env,
            endpoint,
            profile,
            withheld,
            onNotice,
            timeout,
            retries,
            concurrency,
            cache,
            traceBodies,
            onTrace: t => {
              count(t)
              onTrace?.(t)
            },
          }),
        )
        return names ? createProfileClient(new Map(names.map((name, i) => [name, clients[i]!]))) : clients[0]!
      },
    })
    this.#skips = skips
    this.#useProfile = async name => {
      if (names)
        throw new ConfluentqlError('UNSUPPORTED', 'a session with several profiles keeps them', {
          hint: 'start another one with the profile',
        })
      loaded = Promise.resolve([await load(name)])
    }
  }

  /** Whether queries leave out what cannot be reached, by the option or the profile. */
  skipsUnreachable(): Promise<boolean> {
    return this.#skips()
  }

  /**
   * Switches to the addresses and credentials of another profile; tables, views and variables stay.
   * @throws ConfluentqlError USAGE when there is no such profile; the current one then stays
   */
  async useProfile(name: string): Promise<void> {
    await this.#useProfile(name)
    await this.disconnect()
  }
}
