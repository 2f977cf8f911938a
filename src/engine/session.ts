import { now } from '../clock.ts'
import type { Catalog, Host, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { aborted } from '../http/signal.ts'
import type { HttpClient, Trace } from '../http/types.ts'
import { planChange } from '../plan/change.ts'
import type { PlanContext, TableShape, View } from '../plan/context.ts'
import type { LocalPlan, Plan, PlanColumn } from '../plan/plan.ts'
import { planQuery } from '../plan/select.ts'
import { columnsOfTable, planDescribe, planShow } from '../plan/show.ts'
import { didYouMean, spanOf } from '../plan/names.ts'
import { planExec, planInsert } from '../plan/write.ts'
import { planWait } from '../plan/wait.ts'
import { localTarget, planDefinition, planLocalChange, planLocalInsert } from '../plan/local.ts'
import { parametersOf } from '../sql/parameters.ts'
import { isName, nameOf } from '../sql/lexer.ts'
import { loadParser, type ParseBoolean } from '../sql/parser.ts'
import type { Source } from '../sql/query.ts'
import { split, type Piece } from '../sql/split.ts'
import { readStatement, type Statement } from '../sql/statement.ts'
import type { Confirm } from './confirm.ts'
import { analyzeRows, explainPlan, previewRows } from './explain.ts'
import {
  listed,
  rowsOf,
  type Activity,
  type Batch,
  type Result,
  type Row,
  type Rows,
  type Waiting,
} from './result.ts'
import { queryRows } from './query.ts'
import { describeAll } from './information.ts'
import { runScans, type ScanContext, type ScanReport } from './scan.ts'
import { Store } from './store.ts'
import { previewCalls, runCalls } from './writes.ts'

export interface SessionOptions {
  readonly catalog: Catalog
  /** Makes the HTTP client when the first statement needs one. */
  readonly connect: (onTrace: (trace: Trace) => void) => Promise<HttpClient>
  /** Whether calls to a host can have a base URL that no statement gives; asked before the first plan. Default: where the host has one. */
  readonly supplies?: (() => Promise<(host: Host) => boolean>) | undefined
  /** Told what the user should know and is no error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Told how far the scans of a statement have come. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Told when SQLite begins to keep the thread for what may be long, and when it has done: nothing else is served meanwhile. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
  /** Values of `:name` in statements, looked up when one is planned; never put into the text. */
  readonly variables?: Readonly<Record<string, Value>> | undefined
  /** SQLite file for the session's own tables and views; none: they end with the session. */
  readonly db?: string | undefined
  /** Change nothing in that file. */
  readonly readonly?: boolean | undefined
  /** Plan changes and show their requests instead of sending them. */
  readonly dryRun?: boolean | undefined
  /** Show secrets that the API answers with, instead of masking them. */
  readonly showSecrets?: boolean | undefined
  /** Wait for the end of what changes begin, where the provider file says that it takes time; `/*+ AWAIT *\/` does so in one statement. */
  readonly await?: boolean | undefined
  /** Asked before an UPDATE, REPLACE or DELETE of more than one row is sent; false: nothing is sent, which is an error ABORTED. */
  readonly confirm?: Confirm | undefined
  /** How long, how often, and whom to tell. */
  readonly waiting?: Waiting | undefined
}

/** Runs statements, one at a time: a second at once is an error USAGE. Holds the SQLite database, the HTTP client and the default provider. */
export class Session {
  readonly #options: SessionOptions
  readonly #store: Store
  #client: Promise<HttpClient> | undefined
  #parse: ParseBoolean | undefined
  #provider: string | undefined
  #retries = 0
  /** What of a statement is under way. Scans of two would be loaded into the same tables. */
  #busy: string | undefined
  #isClosed = false
  #views: ReturnType<typeof viewsOf> | undefined
  #supplies: Promise<(host: Host) => boolean> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#store = new Store(options.db, options.onBusy, options.readonly)
    // what a dry run makes in the file of the session is taken back when it is closed
    if (options.dryRun && options.db !== undefined) this.#store.db.exec('BEGIN')
  }

  /** The statements of a script, without running any. @throws ConfluentqlError SYNTAX */
  statements(script: string): readonly Piece[] {
    return split(script)
  }

  /**
   * Plans one statement: everything that can be found wrong without a request is found here.
   * @throws ConfluentqlError with the position in the text
   */
  async plan(sql: string): Promise<Plan> {
    const pieces = split(sql)
    if (pieces.length !== 1)
      throw new ConfluentqlError(
        'SYNTAX',
        pieces.length === 0 ? 'there is no statement' : 'plan() takes one statement',
      )
    const { statement, source } = readStatement(sql, pieces[0]!)
    return this.#alone(() =>
      this.#plan(statement.kind === 'explain' ? statement.inner : statement, source, pieces[0]!),
    )
  }

  /** Runs a script, statement by statement; each result must be read, or closed, before the next is asked for. */
  async *run(
    script: string,
    signal: AbortSignal = new AbortController().signal,
  ): AsyncGenerator<Result, void, void> {
    for (const piece of split(script)) yield await this.runPiece(script, piece, signal)
  }

  /** Runs one statement of a script that `statements` has split. */
  async runPiece(script: string, piece: Piece, signal: AbortSignal): Promise<Result> {
    if (signal.aborted) throw aborted(signal)
    const result = await this.#alone(() => this.#runStatement(script, piece, signal))
    return { ...result, rows: rowsOf(packed => this.#guarded(result.rows, packed)) }
  }

  async *#guarded(rows: Rows, packed: boolean): AsyncGenerator<Batch, void, void> {
    this.#begin('the result before this one is still being read')
    try {
      yield* rows.batches(packed)
    } catch (error) {
      throw this.#isClosed ? closed() : error
    } finally {
      this.#busy = undefined
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#begin('the statement before this one is still running')
    try {
      return await work()
    } catch (error) {
      throw this.#isClosed ? closed() : error
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
    if (statement.kind === 'use') return this.#use(statement, source)
    if (statement.kind === 'explain') return this.#explain(statement, source, piece, signal)
    const plan = await this.#plan(statement, source, piece)
    if (plan.kind === 'rows') return constant(plan)
    if (plan.kind === 'local') return this.#local(plan, signal)
    const context = await this.#context(signal)
    if (plan.kind === 'calls') {
      if (this.#options.dryRun) return constant(previewRows(await previewCalls(plan, context)))
      return runCalls(plan, context)
    }
    return {
      columns: plan.columns,
      rows: rowsOf(packed => queryRows(plan, context, packed)),
      finish: () => {},
    }
  }

  /** What EXPLAIN says of a statement; undefined for one that sends no request. */
  async explain(script: string, piece: Piece, signal: AbortSignal): Promise<Result | undefined> {
    const { statement, source } = readStatement(script, piece)
    if (
      !['query', 'insert', 'update', 'replace', 'delete', 'exec', 'create table', 'refresh'].includes(
        statement.kind,
      )
    )
      return undefined
    return this.#alone(async () =>
      constant(explainPlan(await this.#plan(statement, source, piece), await this.#context(signal))),
    )
  }

  /** What statements may name besides the catalog: the default provider, tables of the session, views, functions. */
  names(): {
    readonly provider: string | undefined
    readonly tables: readonly TableShape[]
    readonly views: readonly string[]
    readonly functions: readonly string[]
  } {
    const store = this.#store
    const views = [
      ...this.#options.catalog.providers().flatMap(p => p.views ?? []),
      ...store.views().values(),
    ].map(v => v.name)
    return {
      provider: this.#provider,
      tables: [...store.tables().values()],
      views,
      functions: store.functionNames(),
    }
  }

  /** Closes the connections; the next statement that needs one connects anew. Tables and views stay. */
  protected async disconnect(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    this.#supplies = undefined
    await client?.close()
  }

  /** Closes the connections and the database. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.disconnect()
    this.#store.close()
  }

  async #context(signal: AbortSignal, onScan?: (report: ScanReport) => void): Promise<ScanContext> {
    const { onNotice, onActivity, showSecrets, waiting, confirm } = this.#options
    this.#client ??= this.#options.connect(t => {
      if (t.attempt > 1) this.#retries++
    })
    return {
      store: this.#store,
      client: await this.#client,
      catalog: this.#options.catalog,
      signal,
      onScan,
      onActivity,
      onNotice,
      showSecrets,
      waiting,
      confirm,
    }
  }

  /** Tables and views of the session: scans are loaded first, then SQLite does it all in one transaction. */
  async #local(plan: LocalPlan, signal: AbortSignal): Promise<Result> {
    try {
      if (plan.scans.length > 0) await runScans(plan.scans, await this.#context(signal))
      // from here on nothing sees to a signal: one that came while it was planned would be lost
      if (signal.aborted) throw aborted(signal)
      const count = this.#store.apply(plan.steps, plan.params)
      const counted =
        /^(?:INSERT|UPDATE|DELETE)$/.test(plan.verb)
        || (/^CREATE TABLE|MATERIALIZED/.test(plan.verb) && plan.steps.some(t => t.startsWith('INSERT INTO')))
      return {
        columns: [],
        rows: listed([]),
        affected: { verb: plan.verb, ...(counted && { count }) },
        finish: () => {},
      }
    } catch (error) {
      if (error instanceof ConfluentqlError) throw error
      throw new ConfluentqlError('VALUE', `SQLite: ${(error as Error).message}`, { cause: error })
    } finally {
      for (const scan of plan.scans) this.#store.drop(scan.into)
    }
  }

  async #plan(statement: Statement, source: Source, { hints }: Piece): Promise<Plan> {
    const plan = await this.#planOnce(statement, source)
    if (plan.kind !== 'calls') return plan
    const isAsked = hints.includes('AWAIT')
    const wait = isAsked || (this.#options.await && plan.resource.settles) ? planWait(plan) : undefined
    if (isAsked && !wait && (plan.verb === 'EXEC' || plan.verb === 'DELETE')) {
      const why =
        plan.verb === 'EXEC'
          ? 'nothing tells when what EXEC begins is over'
          : 'what it deletes cannot be looked for'
      throw new ConfluentqlError('UNSUPPORTED', `AWAIT: ${why}`, { hint: 'leave the hint out' })
    }
    return wait ? { ...plan, wait } : plan
  }

  async #planOnce(statement: Statement, source: Source): Promise<Plan> {
    this.#bindVariables(source)
    const found = await this.#planContext(source)
    const isChange = ['insert', 'update', 'replace', 'delete', 'exec'].includes(statement.kind)
    const local =
      'target' in statement && statement.target ? localTarget({ target: statement.target }, found) : undefined
    // what a change sends is read as it is
    const context = {
      ...found,
      showSecrets: found.showSecrets || (isChange && !local && !this.#options.dryRun),
    }
    switch (statement.kind) {
      case 'query':
        return planQuery(source, statement.query, context)
      case 'insert':
        return local
          ? planLocalInsert(statement, local, source, context)
          : planInsert(statement, source, context)
      case 'update':
      case 'replace':
      case 'delete':
        return local
          ? planLocalChange(statement, local, source, context)
          : planChange(statement, source, context)
      case 'create table':
      case 'create view':
      case 'drop':
      case 'refresh':
        return planDefinition(statement, source, context)
      case 'exec':
        return planExec(statement, source, context)
      case 'show':
        return planShow(statement, source, context)
      case 'describe':
        return planDescribe(statement, source, context)
      default:
        throw new ConfluentqlError('UNSUPPORTED', `${statement.kind.toUpperCase()} has no plan`)
    }
  }

  async #planContext(source: Source): Promise<PlanContext> {
    const { catalog } = this.#options
    const own = this.#store.views()
    const { views: known, names } = (this.#views ??= viewsOf(catalog))
    const views = own.size === 0 ? known : new Map([...known, ...own])
    const words = source.tokens.filter(isName).map(t => nameOf(t).toLowerCase())
    const isParsed =
      own.size > 0 || words.some(w => w === 'or' || w === 'not' || names.has(w.slice(w.lastIndexOf('.') + 1)))
    if (isParsed) this.#parse ??= await loadParser()
    this.#supplies ??= this.#options.supplies?.() ?? Promise.resolve(host => host.url !== '')
    const supplies = await this.#supplies
    const supplied = (provider: string, name: string): boolean => {
      const host = catalog.provider(provider)?.hosts[name]
      return host !== undefined && supplies(host)
    }
    const context = {
      catalog,
      judge: this.#store,
      parse: this.#parse ?? (() => undefined),
      provider: this.#provider,
      tables: this.#store.tables(),
      views,
      supplied,
      showSecrets: this.#options.showSecrets ?? false,
    }
    if (!words.some(w => w.includes('information_schema'))) return context
    describeAll(this.#store, catalog, views, view => columnsOfView(view, context))
    return { ...context, tables: this.#store.tables() }
  }

  #bindVariables(source: Source): void {
    const given = this.#options.variables ?? {}
    const named = parametersOf(source.tokens)
    const missing = [...new Set(named.filter(t => !Object.hasOwn(given, t.value)).map(t => t.text))]
    if (missing.length > 0) {
      const first = named.find(t => t.text === missing[0])!
      throw new ConfluentqlError('USAGE', `no value for ${missing.join(', ')}`, {
        span: { start: first.start, end: first.end },
        hint: `give ${missing.map(m => `-v ${m.slice(1) || 'name'}=…`).join(' ')}`,
      })
    }
    this.#store.params = Object.fromEntries(named.map(t => [t.value, whole(given[t.value]!)]))
  }

  #use(statement: Extract<Statement, { kind: 'use' }>, source: Source): Result {
    const found = this.#options.catalog.provider(statement.provider)
    if (!found) {
      const names = this.#options.catalog.providers().map(p => p.name)
      throw new ConfluentqlError(
        'UNKNOWN_NAME',
        `no provider "${statement.provider}"${didYouMean(statement.provider, names)}`,
        { span: spanOf(source, statement.range), hint: `providers: ${names.join(', ')}` },
      )
    }
    this.#provider = found.name
    return { columns: [], rows: listed([]), finish: () => {} }
  }

  async #explain(
    statement: Extract<Statement, { kind: 'explain' }>,
    source: Source,
    piece: Piece,
    signal: AbortSignal,
  ): Promise<Result> {
    const plan = await this.#plan(statement.inner, source, piece)
    if (!statement.analyze) return constant(explainPlan(plan, await this.#context(signal)))
    if (plan.kind !== 'query')
      throw new ConfluentqlError(
        'UNSUPPORTED',
        'EXPLAIN ANALYZE runs its statement, so it takes only queries',
      )
    const reports: ScanReport[] = []
    const started = now()
    const before = this.#retries
    let rows = 0
    for await (const batch of queryRows(plan, await this.#context(signal, r => reports.push(r))))
      rows += batch.length
    return constant(analyzeRows(reports, { ms: now() - started, rows, retries: this.#retries - before }))
  }
}

/** SQLite itself says no more than that its connection is not open. */
function closed(): ConfluentqlError {
  return new ConfluentqlError('ABORTED', 'the session was closed')
}

/** The views of a catalog by name, and the last parts of their names. */
function viewsOf(catalog: Catalog): {
  readonly views: ReadonlyMap<string, View>
  readonly names: ReadonlySet<string>
} {
  const all = catalog.providers().flatMap(p => p.views ?? [])
  return {
    views: new Map(all.map(v => [v.name, { ...v, kind: 'view' }])),
    names: new Set(all.map(v => v.name.slice(v.name.lastIndexOf('.') + 1))),
  }
}

/** A whole number as an integer: SQLite would take it for a REAL, which is no key and a text of its own, `1.0`. */
function whole(value: Value): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

/** None of a view whose query has become wrong, such as by a table that was dropped. */
function columnsOfView({ name }: View, context: PlanContext): readonly PlanColumn[] {
  try {
    return columnsOfTable(name, context)
  } catch (error) {
    if (error instanceof ConfluentqlError) return []
    throw error
  }
}

function constant(plan: { columns: Result['columns']; rows: readonly Row[] }): Result {
  return { columns: plan.columns, rows: listed(plan.rows), finish: () => {} }
}
