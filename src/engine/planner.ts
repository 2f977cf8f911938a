import type { Catalog, Host, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { PlanContext, View } from '../plan/context.ts'
import { didYouMean, spanOf } from '../plan/names.ts'
import { lostError, lostSecrets } from '../plan/statements/once.ts'
import type { Plan, PlanColumn } from '../plan/plan.ts'
import { columnsOfTable } from '../plan/statements/describe.ts'
import { planWait } from '../plan/statements/wait.ts'
import { planStatement } from '../plan/statements/statement.ts'
import { isName, nameOf } from '../sql/lexer.ts'
import { parametersOf } from '../sql/parameters.ts'
import { loadParser, type ParseBoolean } from '../sql/parser.ts'
import type { Source } from '../sql/query.ts'
import type { Piece } from '../sql/split.ts'
import type { Statement } from '../sql/statement.ts'
import { describeAll } from './information.ts'
import type { Store } from './store.ts'

export interface PlannerOptions {
  readonly catalog: Catalog
  /** Whether calls to a host can have a base URL that no statement gives. Default: where the host has one. */
  readonly supplies?: (() => Promise<(host: Host) => boolean>) | undefined
  readonly variables?: Readonly<Record<string, Value>> | undefined
  readonly dryRun?: boolean | undefined
  readonly showSecrets?: boolean | undefined
  readonly await?: boolean | undefined
  readonly continueOnError?: boolean | undefined
  /** Told what the user should know and is no error. */
  readonly onNotice?: ((text: string) => void) | undefined
}

/** Plans statements: knows the default provider, and loads what planning needs when a statement first needs it. */
export class Planner {
  /** For names of two parts. */
  provider: string | undefined
  readonly #options: PlannerOptions
  readonly #store: Store
  #parse: ParseBoolean | undefined
  #views: ReturnType<typeof viewsOf> | undefined
  #supplies: Promise<(host: Host) => boolean> | undefined

  /** @param store judges texts, and has the tables and views of the session */
  constructor(options: PlannerOptions, store: Store) {
    this.#options = options
    this.#store = store
  }

  /** One that plans the same way over another store. */
  over(store: Store, options: Partial<PlannerOptions> = {}): Planner {
    const other = new Planner({ ...this.#options, ...options }, store)
    other.provider = this.provider
    other.#parse = this.#parse
    other.#views = this.#views
    if (options.supplies === undefined) other.#supplies = this.#supplies
    return other
  }

  /** Asks again which base URLs there are. */
  forgetAddresses(): void {
    this.#supplies = undefined
  }

  /**
   * Plans a statement without a request.
   * @param variables values of `:name`, instead of those of the options
   * @throws ConfluentqlError for all that is wrong with it
   */
  async plan(
    statement: Statement,
    source: Source,
    { hints }: Piece,
    variables = this.#options.variables ?? {},
  ): Promise<Plan> {
    this.#bindVariables(source, variables)
    const plan = await this.#planOnce(statement, source)
    if (plan.kind !== 'calls') return plan
    const words = new Set(hints.flatMap(h => h.split(/[\s,]+/)))
    const keepGoing = words.has('CONTINUE') || this.#options.continueOnError === true
    const isAsked = words.has('AWAIT')
    const wait = isAsked || (this.#options.await && plan.resource.settles) ? planWait(plan) : undefined
    if (isAsked && !wait && (plan.verb === 'EXEC' || plan.verb === 'DELETE')) {
      const why =
        plan.verb === 'EXEC'
          ? 'nothing tells when what EXEC begins is over'
          : 'what it deletes cannot be looked for'
      throw new ConfluentqlError('UNSUPPORTED', `AWAIT: ${why}`, { hint: 'leave the hint out' })
    }
    return { ...plan, ...(wait && { wait }), ...(keepGoing && { keepGoing }) }
  }

  /**
   * Refuses a change after which a secret would be lost, which a dry run tells.
   * @throws ConfluentqlError VALUE with the RETURNING to add
   */
  checkSecrets(plan: Plan, isTold = true): void {
    const { dryRun, showSecrets = false, onNotice } = this.#options
    const lost = plan.kind === 'calls' ? lostSecrets(plan, showSecrets) : []
    if (plan.kind !== 'calls' || lost.length === 0) return
    const error = lostError(plan, lost)
    if (!dryRun) throw error
    if (isTold) onNotice?.(`${error.message}: ${error.hint}`)
  }

  /** USE: from here on names of two parts are of that provider. @throws ConfluentqlError UNKNOWN_NAME */
  use(statement: Extract<Statement, { kind: 'use' }>, source: Source): void {
    const { catalog } = this.#options
    const found = catalog.provider(statement.provider)
    if (!found) {
      const names = catalog.providers().map(p => p.name)
      throw new ConfluentqlError(
        'UNKNOWN_NAME',
        `no provider "${statement.provider}"${didYouMean(statement.provider, names)}`,
        { span: spanOf(source, statement.range), hint: `providers: ${names.join(', ')}` },
      )
    }
    this.provider = found.name
  }

  async #planOnce(statement: Statement, source: Source): Promise<Plan> {
    const found = await this.#planContext(source)
    return planStatement(statement, source, found, this.#options.dryRun === true)
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
      validator: this.#store,
      parse: this.#parse ?? (() => undefined),
      provider: this.provider,
      tables: this.#store.tables(),
      views,
      supplied,
      showSecrets: this.#options.showSecrets ?? false,
    }
    if (!words.some(w => w.includes('information_schema'))) return context
    describeAll(this.#store, catalog, views, view => columnsOfView(view, context))
    return { ...context, tables: this.#store.tables() }
  }

  #bindVariables(source: Source, given: Readonly<Record<string, Value>>): void {
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
