import { Access, type SessionOptions, type Shared } from './access.ts'
import type { Catalog, Value } from './catalog/types.ts'
import { hasEndpoint, hasUrlVariable } from './config/endpoints.ts'
import type { Profile } from './config/types.ts'
import { boundParams, objectsOf, type Params, type ReadOptions, type RowObject } from './engine/objects.ts'
import { Session as EngineSession } from './engine/session.ts'
import { ConfluentqlError } from './errors.ts'
import type { Result } from './engine/result.ts'
import type { HttpClient, Trace } from './http/types.ts'
import { examples, loadCompiler, version } from './providers.ts'
import { hidePrivateKeys } from './secrets.ts'

export type { SessionOptions } from './access.ts'
export { ConfluentqlError, type ErrorCode, type Span } from './errors.ts'
export type { Value } from './catalog/types.ts'
export type { Approve, Confirm, PendingChange, PendingRequest } from './engine/writes/pending.ts'
export type { LeftOut } from './engine/lacks.ts'
export type { Param, Params, ReadOptions, RowObject } from './engine/objects.ts'
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

/**
 * Sessions for statements at the same time. They share the catalog, the connections, the limits of each host, and the cache; each
 * has tables, views and variables of its own. EXPLAIN ANALYZE counts the retries of all that run at the time.
 *
 * ```js
 * const pool = new Pool({ cache: () => 60 })
 * const session = pool.session()
 * for await (const { rows } of session.run('SELECT id FROM confluent.iam.users')) for await (const row of rows) console.log(row)
 * await session.close()
 * await pool.close()
 * ```
 */
export class Pool {
  readonly #options: SessionOptions
  readonly #access: Access
  readonly #listeners = new Set<(trace: Trace) => void>()
  #client: Promise<HttpClient> | undefined

  /** @param options those of its sessions; each may be opened with others for what it does not share */
  constructor(options: SessionOptions = {}) {
    this.#options = options
    this.#access = new Access(options)
  }

  /** The tables of its sessions. */
  get catalog(): Catalog {
    return this.#access.catalog
  }

  /** Opens a session; closing it leaves the connections open. */
  session(
    own: Pick<
      SessionOptions,
      | 'variables'
      | 'db'
      | 'dryRun'
      | 'fresh'
      | 'requireKeys'
      | 'confirm'
      | 'approve'
      | 'onNotice'
      | 'onActivity'
    > = {},
  ): Session {
    return new Session(
      { ...this.#options, ...own },
      {
        catalog: this.#access.catalog,
        profiles: () => this.#access.profiles(),
        connect: async onTrace => {
          this.#listeners.add(onTrace)
          this.#client ??= this.#access.connect(trace => {
            for (const listener of this.#listeners) listener(trace)
            this.#options.onTrace?.(trace)
          })
          const close = async (): Promise<void> => {
            this.#listeners.delete(onTrace)
          }
          return { ...(await this.#client), close }
        },
      },
    )
  }

  /**
   * A function that masks the credentials of the sessions in a text, even where they are the value of an unsuspicious column:
   * those that were given as texts or variables, and those that were used. Private keys in PEM form are masked too.
   */
  async hider(): Promise<(text: string) => string> {
    const client = await this.#client
    return text => hidePrivateKeys(client ? client.hide(text) : text)
  }

  /** Closes the connections; statements that still run fail. */
  async close(): Promise<void> {
    await (await this.#client?.catch(() => undefined))?.close()
    this.#client = undefined
  }
}

/** A sandbox that `startSandbox` has started. */
export interface LocalSandbox {
  /** Its base URL on 127.0.0.1, for other clients of the API. */
  readonly url: string
  /** Options of a session that uses it, and nothing of the environment: `new Session(sandbox.options)`. */
  readonly options: Pick<SessionOptions, 'env' | 'profile'>
  close(): Promise<void>
}

/**
 * Starts the simulated organization in this process, for tests.
 *
 * ```js
 * const sandbox = await startSandbox({ date: '2026-11-01' })
 * const session = new Session(sandbox.options)
 * ```
 *
 * @param given the day on which it starts, for answers that are always the same (default: today), a port (default: any), and
 *   the size of the organization: `large` has 400 clusters, `small` 7 (default)
 */
export async function startSandbox(
  given: { readonly date?: string; readonly port?: number; readonly size?: 'small' | 'large' } = {},
): Promise<LocalSandbox> {
  const { startProviders } = await import('./local-sandbox.ts')
  const date = { CONFLUENTQL_SANDBOX_DATE: given.date }
  const { url, env, profile, close } = await startProviders(given.port ?? 0, date, given.size)
  return { url, options: { env, profile }, close }
}

/**
 * SQL over the API, for programs.
 *
 * ```js
 * const session = new Session()
 * const users = await session.all('SELECT id, email FROM confluent.iam.users WHERE email LIKE :like', { like: '%@example.com' })
 * await session.close()
 * ```
 */
export class Session extends EngineSession {
  /** Values of one statement, set while it is planned. */
  #params: Readonly<Record<string, Value>> | undefined
  readonly #useProfile: (name: string) => Promise<void>
  readonly #skips: () => Promise<boolean>

  /** @param shared what a pool gives to its sessions */
  constructor(options: SessionOptions = {}, shared?: Shared) {
    const { db, env = process.env, endpoint, showSecrets, onNotice } = options
    const own = shared ? undefined : new Access(options)
    const access = shared ?? own!
    const { catalog } = access
    const profiles = (): Promise<readonly Profile[]> => access.profiles()
    const skips = async (): Promise<boolean> =>
      options.skipUnreachable ?? (await profiles()).every(profile => profile.skipUnreachable === true)
    // super() comes first: nothing is planned before it returns
    const params = (): Readonly<Record<string, Value>> | undefined => this.#params
    super({
      catalog,
      version,
      examples,
      get variables() {
        const given = params()
        return given ? { ...options.variables, ...given } : options.variables
      },
      // read before each statement
      get dryRun() {
        return options.dryRun
      },
      confirm: options.confirm,
      approve: options.approve,
      fresh: options.fresh,
      rowsInJson: options.rowsInJson,
      db,
      memory: options.memory,
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
        return {
          baseUrl: (host, of) => found.every(profile => hasEndpoint(host, env, profile, of)),
          urlVariable: (host, name) =>
            endpoint !== undefined || found.every(profile => hasUrlVariable(host, name, env, profile)),
        }
      },
      connect: count =>
        access.connect(trace => {
          count(trace)
          if (own) options.onTrace?.(trace)
        }),
    })
    this.#skips = skips
    this.#useProfile = async name => {
      if (options.profiles || shared)
        throw new ConfluentqlError(
          'UNSUPPORTED',
          `a session ${shared ? 'of a pool' : 'with several profiles'} keeps its profile`,
          { hint: 'start another one with the profile' },
        )
      await own!.useProfile(name)
    }
  }

  /**
   * Runs one statement and resolves with its rows as objects; of a change without RETURNING there are none.
   *
   * ```ts
   * const keys = await session.all<{ id: string; days_old: number }>(
   *   'SELECT id, days_old FROM confluent.iam.api_keys_with_owners WHERE days_old > :days', { days: 365 })
   * ```
   *
   * @param params values of `:name`, beside those of the session's `variables`
   * @throws ConfluentqlError as `run`, and if calls were left out and `onLeftOut` is not given
   */
  async all<T extends object = RowObject>(
    sql: string,
    params: Params = {},
    options: ReadOptions = {},
  ): Promise<T[]> {
    const rows: T[] = []
    for await (const row of this.each<T>(sql, params, options)) rows.push(row)
    return rows
  }

  /** Runs one statement and resolves with its first row; undefined if there is none. The rest is not read. */
  async get<T extends object = RowObject>(
    sql: string,
    params: Params = {},
    options: ReadOptions = {},
  ): Promise<T | undefined> {
    for await (const row of this.each<T>(sql, params, options)) return row
    return undefined
  }

  /** Runs one statement, and gives its rows as objects as they arrive. Leaving the loop ends the statement. */
  async *each<T extends object = RowObject>(
    sql: string,
    params: Params = {},
    { signal = new AbortController().signal, onLeftOut }: ReadOptions = {},
  ): AsyncGenerator<T, void, void> {
    const [piece, another] = this.statements(sql)
    if (!piece || another)
      throw new ConfluentqlError(
        another ? 'USAGE' : 'SYNTAX',
        another ? 'all(), get() and each() take one statement' : 'there is no statement',
        another && { hint: 'run() takes several' },
      )
    // the values are read before the first wait of runPiece, so that no other statement can see them
    this.#params = boundParams(params)
    let running: Promise<Result>
    try {
      running = this.runPiece(sql, piece, signal)
    } finally {
      this.#params = undefined
    }
    const result = await running
    yield* objectsOf(result, signal, onLeftOut) as AsyncGenerator<T, void, void>
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
