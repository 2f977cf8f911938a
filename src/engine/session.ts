import type { Packing } from '../packed.ts'
import { ConfluentqlError } from '../errors.ts'
import { aborted } from '../http/signal.ts'
import type { HttpClient } from '../http/types.ts'
import type { Plan } from '../plan/plan.ts'
import type { Source } from '../sql/query.ts'
import { split, splitOne, type Piece } from '../sql/split.ts'
import { readStatement } from '../sql/read-statement.ts'
import type { Statement } from '../sql/statement.ts'
import { completeRows, constantResult, finished, rowsOf } from './result.ts'
import type { Batch, Result, Rows } from './result.ts'
import { Planner } from './planner.ts'
import type { ScanContext } from './scans/scan-calls.ts'
import type { ScriptTrial, SessionNames, SessionOptions } from './session-options.ts'
import { Store } from './store/store.ts'
import { isResourceError, sqliteError } from './store/temporary.ts'
import { notAnalyzed, Trial } from './trial.ts'

export type { SessionOptions } from './session-options.ts'

/** Runs statements one at a time; a second one meanwhile is an error USAGE. Holds the SQLite database, the HTTP client and the default provider. */
export class Session {
  readonly #options: SessionOptions
  readonly #store: Store
  readonly #planner: Planner
  #client: Promise<HttpClient> | undefined
  #retries = 0
  /** Why no statement can start now. Only one can run, since the scans of all use the same tables. */
  #busy: string | undefined
  #isClosed = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#store = new Store(options)
    this.#planner = new Planner(options, this.#store)
    // changes of a dry run in the session's file are rolled back when it is closed
    if (options.dryRun && options.db !== undefined) this.#store.db.exec('BEGIN')
  }

  /** The statements of a script, without running any. @throws ConfluentqlError SYNTAX */
  statements(script: string): readonly Piece[] {
    return split(script)
  }

  /**
   * Plans one statement, and finds every error that can be found without a request.
   * @param piece the statement, if the text is a script of several
   * @throws ConfluentqlError with the position in the text
   */
  async plan(sql: string, piece: Piece = splitOne(sql)): Promise<Plan> {
    const { statement, source } = readStatement(sql, piece)
    return this.#exclusively(async () => {
      if (statement.kind === 'explain')
        return this.#planner.plan(statement.inner, source, piece, { isExplained: true })
      const plan = await this.#planner.plan(statement, source, piece)
      await this.#planner.checkSecrets(plan)
      return plan
    })
  }

  /**
   * Runs a script, statement by statement; each result must be read, or closed, before the next. All statements are planned
   * before the first runs, so that errors that can be found without a request are thrown before anything is sent. The failure of a
   * change is thrown by `finish`, or else when its result is left.
   */
  async *run(
    script: string,
    signal: AbortSignal = new AbortController().signal,
  ): AsyncGenerator<Result, void, void> {
    const pieces = split(script)
    if (pieces.length > 1) {
      const trial = this.trial()
      try {
        for (const piece of pieces) await trial.take(script, piece)
      } finally {
        trial.close()
      }
    }
    for (const piece of pieces) yield* finished(await this.runPiece(script, piece, signal))
  }

  /** Plans statements in order, each as if those before it had run, without requests or changes of the session. */
  trial(): ScriptTrial {
    const { dryRun } = this.#options
    const context = (): Promise<ScanContext> => this.#context(new AbortController().signal)
    const trial = new Trial(this.#planner, this.#store, {
      calls: async (plan, prepared) => {
        const { checkCalls } = await import('./writes/writes.ts')
        await checkCalls(plan, prepared, await context(), dryRun)
      },
      scans: async (scans, isQuery) => {
        const { checkScan } = await import('./scans/scan-calls.ts')
        const found = isQuery ? await this.#skipping(await context()) : await context()
        for (const scan of scans) checkScan(scan, found)
      },
    })
    return {
      take: (script, piece, variables) => this.#exclusively(() => trial.take(script, piece, variables)),
      forgetAddresses: () => trial.forgetAddresses(),
      close: () => trial.close(),
    }
  }

  /** Runs one statement of a script that `statements` has split. */
  async runPiece(script: string, piece: Piece, signal: AbortSignal): Promise<Result> {
    if (signal.aborted) throw aborted(signal)
    const result = await this.#exclusively(() => this.#runStatement(script, piece, signal))
    return { ...result, rows: rowsOf(packing => this.#guarded(result.rows, packing)) }
  }

  async *#guarded(rows: Rows, packing: Packing | undefined): AsyncGenerator<Batch, void, void> {
    this.#begin('the result before this one is still being read')
    try {
      yield* rows.batches(packing)
      // rows that ended because the session was closed are incomplete
      if (this.#isClosed) throw closed()
    } catch (error) {
      throw this.#isClosed ? closed() : isResourceError(error) ? sqliteError(error) : error
    } finally {
      this.#busy = undefined
    }
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#begin('the statement before this one is still running')
    try {
      return await work()
    } catch (error) {
      throw this.#isClosed ? closed() : isResourceError(error) ? sqliteError(error) : error
    } finally {
      this.#busy = undefined
    }
  }

  #begin(what: string): void {
    if (this.#isClosed) throw closed()
    if (this.#busy !== undefined)
      throw new ConfluentqlError('USAGE', this.#busy, {
        hint: 'read its rows to the end, or close them, first; statements at the same time need a session each',
      })
    this.#busy = what
  }

  async #runStatement(script: string, piece: Piece, signal: AbortSignal): Promise<Result> {
    const { statement, source } = readStatement(script, piece)
    this.#store.seenTexts.clear()
    const { onNotice = () => {} } = this.#options
    if (statement.kind === 'use' || statement.kind === 'pull') {
      const notice = this.#planner.use(statement, source)
      if (notice !== undefined) onNotice(notice)
      return { columns: [], rows: completeRows([]), finish: () => {} }
    }
    if (statement.kind === 'explain') return this.#explain(statement, source, piece, signal)
    const plan = await this.#planner.plan(statement, source, piece)
    if (plan.kind === 'rows') return constantResult(plan)
    for (const warning of (plan.kind === 'calls' ? plan.each : plan).warnings ?? []) onNotice(warning)
    if (plan.kind === 'local') {
      const { runLocal } = await import('./query/local.ts')
      return runLocal(plan, this.#store, () => this.#context(signal), { signal, onNotice })
    }
    if (plan.kind === 'query' && plan.scans.length === 0) {
      const { localRows } = await import('./query/query.ts')
      const rows = rowsOf(() => localRows(plan, this.#store, signal, onNotice))
      return { columns: plan.columns, rows, finish: () => {} }
    }
    const context = await this.#context(signal)
    if (plan.kind === 'calls') {
      await this.#planner.checkSecrets(plan)
      const { previewCalls, runCalls } = await import('./writes/writes.ts')
      return this.#options.dryRun ? previewCalls(plan, context) : runCalls(plan, context)
    }
    const { queryRows } = await import('./query/query.ts')
    const reading = await this.#skipping(context)
    return {
      columns: plan.columns,
      rows: rowsOf(packing => queryRows(plan, reading, packing)),
      leftOut: () => reading.leftOut?.list() ?? [],
      finish: () => {},
    }
  }

  /** The context of a query, which may leave out calls that cannot be reached. */
  async #skipping(context: ScanContext): Promise<ScanContext> {
    if (!(await this.#options.skipUnreachable?.())) return context
    const { LeftOutCalls } = await import('./calls/left-out.ts')
    return { ...context, leftOut: new LeftOutCalls() }
  }

  /** The result of EXPLAIN for a statement; undefined for one that sends no request. */
  async explain(script: string, piece: Piece, signal: AbortSignal): Promise<Result | undefined> {
    const { statement: given, source } = readStatement(script, piece)
    const statement = given.kind === 'explain' && given.analyze ? given.inner : given
    if (['explain', 'use', 'pull'].includes(statement.kind)) return undefined
    return this.#exclusively(async () => {
      const plan = await this.#planner.plan(statement, source, piece, { isExplained: true })
      if (plan.kind === 'rows' || (plan.kind === 'local' && plan.scans.length === 0)) return undefined
      const { explainPlan } = await import('./explain/explain.ts')
      return constantResult(explainPlan(plan, await this.#context(signal)))
    })
  }

  /** Names besides the catalog's resources: the default provider, tables of the session, views, functions. */
  names(): SessionNames {
    const store = this.#store
    const tables = [...store.tables().values()]
    const own = [...store.views().values()]
    const views = [...this.#options.catalog.providers().flatMap(p => p.views ?? []), ...own]
    return {
      provider: this.#planner.provider,
      tables,
      views: views.map(v => v.name),
      temporary: [...tables, ...own]
        .filter(({ name, schema }) => schema === 'temp' && !name.startsWith('information_schema.'))
        .map(({ name }) => name),
      functions: store.functionNames(),
    }
  }

  /** Closes the connections; the next statement that needs one reconnects. Tables and views stay. */
  protected async disconnect(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    this.#planner.forgetAddresses()
    await client?.close()
  }

  /** Closes the connections and the database. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.disconnect()
    this.#store.close()
  }

  async #context(signal: AbortSignal): Promise<ScanContext> {
    const { onNotice, onActivity, showSecrets, fresh, rowsInJson, waiting, confirm, approve } = this.#options
    this.#client ??= this.#options.connect(t => {
      if (t.attempt > 1) this.#retries++
    })
    return {
      store: this.#store,
      client: await this.#client,
      catalog: this.#options.catalog,
      signal,
      onActivity,
      onNotice,
      showSecrets,
      fresh,
      rowsInJson,
      waiting,
      confirm,
      approve,
      lookup: async (sql, kept) => {
        const { lookupRows } = await import('./query/lookup.ts')
        return lookupRows(await this.#planner.planLookup(sql), await this.#context(signal), kept)
      },
    }
  }

  async #explain(
    statement: Extract<Statement, { kind: 'explain' }>,
    source: Source,
    piece: Piece,
    signal: AbortSignal,
  ): Promise<Result> {
    const plan = await this.#planner.plan(statement.inner, source, piece, { isExplained: true })
    if (!statement.analyze) {
      const { explainPlan } = await import('./explain/explain.ts')
      return constantResult(explainPlan(plan, await this.#context(signal)))
    }
    if (plan.kind !== 'query') throw notAnalyzed()
    const { analyze } = await import('./explain/analyze.ts')
    return analyze(plan, await this.#skipping(await this.#context(signal)), () => this.#retries)
  }
}

/** The error after `close`, which is clearer than SQLite's. */
function closed(): ConfluentqlError {
  return new ConfluentqlError('ABORTED', 'the session was closed')
}
