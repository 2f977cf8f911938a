import type { ExampleScript } from '../catalog/search/examples.ts'
import type { Catalog, ResourceIds, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { PlanContext, View } from '../plan/context.ts'
import { didYouMean, insteadOfProvider, spanOf } from '../plan/names.ts'
import type { Plan, PlanColumn, QueryPlan, RowsPlan } from '../plan/plan.ts'
import { planListing } from '../plan/statements/show.ts'
import { planWait } from '../plan/statements/wait.ts'
import { lex } from '../sql/lexer.ts'
import { parametersOf } from '../sql/parameters.ts'
import { loadParser, type ParseBoolean } from '../sql/parser.ts'
import type { Range, Source } from '../sql/query.ts'
import type { Piece } from '../sql/split.ts'
import type { Statement } from '../sql/statement.ts'
import { wordsOf } from '../sql/tokens.ts'
import type { Supplies } from './session-options.ts'
import { fillInformationSchema } from './store/information.ts'
import type { Store } from './store/store.ts'

export interface PlannerOptions {
  readonly catalog: Catalog
  /** Whether calls to a host can have a base URL that is not in the statement. Default: whether the host has one. */
  readonly supplies?: (() => Promise<Supplies>) | undefined
  readonly variables?: Readonly<Record<string, Value>> | undefined
  readonly dryRun?: boolean | undefined
  /** The program's version, for SHOW VERSION. */
  readonly version?: (() => string) | undefined
  /** The scripts that come with the program, for SHOW MATCHES. */
  readonly examples?: (() => readonly ExampleScript[]) | undefined
  readonly showSecrets?: boolean | undefined
  readonly requireKeys?: (() => Promise<boolean>) | undefined
  readonly await?: boolean | undefined
  readonly continueOnError?: boolean | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
}

const suppliedByProvider: Supplies = {
  baseUrl: host => host.url !== '',
  urlVariable: (host, name) =>
    host.urlVariables?.some(v => v.name === name && v.default !== undefined) === true,
}

/** Plans statements. Holds the default provider, and loads the boolean parser and the base URLs when a statement first needs them. */
export class Planner {
  /** For names of two parts. */
  provider: string | undefined
  readonly #options: PlannerOptions
  readonly #store: Store
  #parse: ParseBoolean | undefined
  /** The statement that is planned has AND, OR or NOT that only the parser can read. */
  #lacksParser = false
  #views: ReturnType<typeof viewsOf> | undefined
  #supplies: Promise<Supplies> | undefined

  /** @param store validates statements, and has the tables and views of the session */
  constructor(options: PlannerOptions, store: Store) {
    this.#options = options
    this.#store = store
  }

  /** A planner with the same state over another store. */
  withStore(store: Store, options: Partial<PlannerOptions> = {}): Planner {
    const other = new Planner({ ...this.#options, ...options }, store)
    other.provider = this.provider
    other.#parse = this.#parse
    other.#views = this.#views
    if (options.supplies === undefined) other.#supplies = this.#supplies
    return other
  }

  /** Discards the base URLs, so that the next plan reads them again. */
  forgetAddresses(): void {
    this.#supplies = undefined
  }

  /**
   * Plans a statement without sending a request.
   * @param use `variables`: values of `:name`, instead of those of the options; `isExplained`: EXPLAIN shows the plan
   * @throws ConfluentqlError for any error in it
   */
  async plan(
    statement: Statement,
    source: Source,
    { hints }: Piece,
    {
      variables = this.#options.variables ?? {},
      isExplained = false,
    }: { readonly variables?: Readonly<Record<string, Value>>; readonly isExplained?: boolean } = {},
  ): Promise<Plan> {
    this.#bindVariables(source, variables)
    const plan = await this.#planOnce(statement, source, isExplained)
    if (plan.kind !== 'calls') return plan
    const words = new Set(hints.flatMap(h => h.split(/[\s,]+/)))
    const keepGoing = words.has('CONTINUE') || this.#options.continueOnError === true
    const isAsked = words.has('AWAIT')
    const wait =
      isAsked || (this.#options.await && (plan.resource.settles || plan.method.operation))
        ? planWait(plan)
        : undefined
    if (isAsked && !wait && (plan.verb === 'EXEC' || plan.verb === 'DELETE')) {
      const why =
        plan.verb === 'EXEC'
          ? 'the end of what EXEC starts is not known'
          : 'what it deletes cannot be read by its key'
      throw new ConfluentqlError('UNSUPPORTED', `AWAIT: ${why}`, { hint: 'leave the hint out' })
    }
    return { ...plan, ...(wait && { wait }), ...(keepGoing && { keepGoing }) }
  }

  /**
   * Refuses a change whose answer has a secret that would be lost; in a dry run it is a notice.
   * @throws ConfluentqlError VALUE with the RETURNING to add
   */
  async checkSecrets(plan: Plan, notifies = true): Promise<void> {
    if (plan.kind !== 'calls') return
    const { lostError, lostSecrets } = await import('../plan/statements/once.ts')
    const { dryRun, showSecrets = false, onNotice } = this.#options
    const lost = lostSecrets(plan, showSecrets)
    if (lost.length === 0) return
    const error = lostError(plan, lost)
    if (!dryRun) throw error
    if (notifies) onNotice?.(`${error.message}: ${error.hint}`)
  }

  /** Plans a query that is not in the statement, over tables of its own. */
  async planLookup(sql: string): Promise<QueryPlan> {
    const source = { text: sql, tokens: lex(sql).tokens }
    const context = await this.#planContext(source)
    const { planQuery } = await import('../plan/statements/query.ts')
    return planQuery(source, { from: 0, to: source.tokens.length }, context, { prefix: 'lookup~' })
  }

  /**
   * USE: sets the provider of names of two parts. REGISTRY PULL: only checks that it is there.
   * @returns a notice
   * @throws ConfluentqlError UNKNOWN_NAME
   */
  use(statement: Extract<Statement, { kind: 'use' | 'pull' }>, source: Source): string | undefined {
    const { catalog } = this.#options
    const found = catalog.provider(statement.provider)
    if (!found) {
      const names = catalog.providers().map(p => p.name)
      throw new ConfluentqlError(
        'UNKNOWN_NAME',
        `no provider "${statement.provider}"${didYouMean(statement.provider, names)}`,
        {
          span: spanOf(source, statement.range),
          hint:
            statement.kind === 'pull'
              ? 'confluentql provider add PATH, FILE.tgz or URL adds a provider from its documents; SHOW PROVIDERS lists those that are there'
              : insteadOfProvider(statement.provider, catalog),
        },
      )
    }
    if (statement.kind === 'pull')
      return `${found.name} is there, version ${found.version}: REGISTRY PULL has nothing to do`
    this.provider = found.name
    return undefined
  }

  /** Plans again with the parser of AND, OR and NOT if it turns out to be needed, as by a view that is read. */
  async #planOnce(statement: Statement, source: Source, isExplained: boolean): Promise<Plan> {
    this.#lacksParser = false
    try {
      const plan = await this.#planAsIs(statement, source, isExplained)
      if (!this.#lacksParser) return plan
    } catch (error) {
      if (!this.#lacksParser) throw error
    }
    this.#parse = await loadParser()
    return this.#planAsIs(statement, source, isExplained)
  }

  async #planAsIs(statement: Statement, source: Source, isExplained: boolean): Promise<Plan> {
    const context = await this.#planContext(source)
    const found = isExplained ? { ...context, isExplained } : context
    if (statement.kind === 'show' || statement.kind === 'describe') {
      if (statement.kind === 'show' && statement.where)
        return this.#filtered({ ...statement, where: statement.where }, source, found)
      return this.#listing(statement, source, found)
    }
    const { planStatement } = await import('../plan/statements/statement.ts')
    return planStatement(statement, source, found, this.#options.dryRun === true)
  }

  async #listing(
    statement: Extract<Statement, { kind: 'show' | 'describe' }>,
    source: Source,
    context: PlanContext,
  ): Promise<RowsPlan> {
    const { version, examples } = this.#options
    const listing = planListing(statement, source, context, version)
    if (listing) return listing
    if (statement.kind === 'show' && statement.what === 'MATCHES') {
      const { planMatches } = await import('../plan/statements/matches.ts')
      return planMatches(statement, source, context, examples?.())
    }
    const { describeTable } = await import('../plan/statements/table-columns.ts')
    return describeTable(statement, source, context)
  }

  /** SHOW with WHERE, which can name all columns that SHOW EXTENDED has. */
  async #filtered(
    statement: Extract<Statement, { kind: 'show' }> & { readonly where: Range },
    source: Source,
    context: PlanContext,
  ): Promise<RowsPlan> {
    const all = await this.#listing({ ...statement, extended: true }, source, context)
    const { columns } = await this.#listing(statement, source, context)
    const { planFilter } = await import('../plan/statements/filter.ts')
    const { evaluate } = await import('./query/query.ts')
    const { sql, params } = planFilter(all, columns, statement.where, source, context)
    return { kind: 'rows', columns, rows: [...evaluate(this.#store, sql, params)] }
  }

  async #planContext(source: Source): Promise<PlanContext> {
    const { catalog } = this.#options
    const own = this.#store.views()
    const known = (this.#views ??= viewsOf(catalog))
    const views = own.size === 0 ? known : new Map([...known, ...own])
    const words = wordsOf(source)
    if (words.has('or') || words.has('not')) this.#parse ??= await loadParser()
    this.#supplies ??= this.#options.supplies?.() ?? Promise.resolve(suppliedByProvider)
    const supplies = await this.#supplies
    const requireKeys = (await this.#options.requireKeys?.()) ?? false
    const hasBaseUrl = (provider: string, name: string, of?: ResourceIds): boolean => {
      const host = catalog.provider(provider)?.hosts[name]
      return host !== undefined && supplies.baseUrl(host, of)
    }
    const hasUrlVariable = (provider: string, name: string, variable: string): boolean => {
      const host = catalog.provider(provider)?.hosts[name]
      return host !== undefined && supplies.urlVariable(host, variable)
    }
    const context = {
      catalog,
      validator: this.#store,
      parse: this.#parse ?? (() => this.#noParser()),
      provider: this.provider,
      tables: this.#store.tables(),
      views,
      hasBaseUrl,
      hasUrlVariable,
      showSecrets: this.#options.showSecrets ?? false,
      requireKeys,
    }
    const named = [...words]
    if (!named.some(w => w.includes('information_schema'))) return context
    const { columnsOfTable } = await import('../plan/statements/table-columns.ts')
    const columnsOf = ({ name }: View): readonly PlanColumn[] =>
      columnsIfValid(() => columnsOfTable(name, context))
    const readsColumns = named.some(w => w.endsWith('columns'))
    fillInformationSchema(this.#store, catalog, views, readsColumns ? columnsOf : undefined)
    return { ...context, tables: this.#store.tables() }
  }

  #noParser(): undefined {
    this.#lacksParser = true
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
    this.#store.params = Object.fromEntries(named.map(t => [t.value, wholeAsBigint(given[t.value]!)]))
  }
}

/** The views of a catalog by name. */
function viewsOf(catalog: Catalog): ReadonlyMap<string, View> {
  const all = catalog
    .providers()
    .flatMap(p => (p.views ?? []).map(v => ({ ...v, synonyms: { ...p.synonyms, ...v.synonyms } })))
  return new Map(all.map(v => [v.name, { ...v, kind: 'view' }]))
}

/** A whole number as a bigint: a number is bound as REAL, whose text is `1.0` and which matches no text key. */
function wholeAsBigint(value: Value): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

/** The columns of a view; none if its query is no longer valid, for example because a table was dropped. */
function columnsIfValid(columnsOfView: () => readonly PlanColumn[]): readonly PlanColumn[] {
  try {
    return columnsOfView()
  } catch (error) {
    if (error instanceof ConfluentqlError) return []
    throw error
  }
}
