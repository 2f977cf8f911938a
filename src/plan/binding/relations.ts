import { PROFILE } from '../../catalog/profiles.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import { lex } from '../../sql/lexer.ts'
import type {
  ClauseName,
  DerivedNode,
  FromNode,
  FunctionNode,
  Query,
  Source,
  TableNode,
} from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { ownNamed, type PlanContext, type View } from '../context.ts'
import { insteadOfTableFunction } from '../instead-of-calls.ts'
import { spanOf } from '../names.ts'
import { literal, quote, type Splices } from '../splice.ts'
import { enclosingQueries, type BoundCore, type BoundCte, type BoundQuery, type Relation } from './bound.ts'
import { cteColumns, FUNCTION_COLUMNS, outputColumns } from './outputs.ts'
import { PART, type TableBinder } from './tables.ts'

const MAX_VIEW_DEPTH = 20

/** Where a query stands that is to be bound. */
export interface QueryPlace {
  /** The core whose columns it may use if it is correlated, and the clause of that core. */
  readonly outer?: { readonly core: BoundCore; readonly clause: ClauseName } | undefined
  /** The query whose CTEs are visible in it. */
  readonly enclosing?: BoundQuery | undefined
  /** The CTE whose body it is: the body may refer to it. */
  readonly cte?: BoundCte
}

/** A view of the session in a statement. */
export interface OwnView {
  readonly view: View
  /** Where the statement names it, or the view around it. */
  readonly span: Span
}

export type BindQuery = (query: Query, place: QueryPlace) => BoundQuery

/** Binds what stands in FROM: resources, tables and views of the session, CTEs, derived tables, table-valued functions. */
export class RelationBinder {
  readonly #context: PlanContext
  readonly #splices: Splices
  readonly #tables: TableBinder
  readonly #bindQuery: BindQuery
  /** The views of the session, in the order in which they are bound, and where the statement names them. */
  readonly ownViews: OwnView[] = []
  /** Names of the views that are being bound. */
  readonly #views: string[] = []

  constructor(context: PlanContext, splices: Splices, tables: TableBinder, bindQuery: BindQuery) {
    this.#context = context
    this.#splices = splices
    this.#tables = tables
    this.#bindQuery = bindQuery
  }

  /** Binds a leaf of the FROM tree of a core. */
  bind(leaf: Exclude<FromNode, { kind: 'join' }>, core: BoundCore): Relation {
    switch (leaf.kind) {
      case 'function': {
        const columns = FUNCTION_COLUMNS[leaf.name.toLowerCase()]
        if (!columns) throw unknownFunction(leaf, core.parent.query.source)
        return { kind: 'function', core, alias: leaf.alias ?? leaf.name, columns, node: leaf }
      }
      case 'exec':
        return this.#tables.exec(leaf, core)
      case 'derived':
        return this.#derived(leaf, core)
      default:
        return this.#table(leaf, core)
    }
  }

  /** Reads a query that is not in the statement's text. */
  readText(text: string): Query {
    const source = { text, tokens: lex(text).tokens }
    return readQuery(source, { from: 0, to: source.tokens.length }, this.#context.parse)
  }

  /** Binds the body of a CTE where it is first named, or else by itself. */
  bindCte(cte: BoundCte, body: Query): void {
    if (cte.query) return
    const { outer, clause } = cte.owner
    const place = { outer: outer && { core: outer, clause: clause! }, enclosing: cte.owner, cte }
    this.#bindQuery(body, place)
    cte.recursive = cte.uses > 0
  }

  #derived(node: DerivedNode, core: BoundCore): Relation {
    const { outer, clause } = core.parent
    const place = { outer: outer && { core: outer, clause: clause! }, enclosing: core.parent }
    const query = this.#bindQuery(node.query, place)
    return { kind: 'derived', core, alias: node.alias ?? '', columns: outputColumns(query), query, node }
  }

  #table(node: TableNode, core: BoundCore): Relation {
    const { parts } = node
    const cte = parts.length === 1 ? cteNamed(parts[0]!, core.parent) : undefined
    if (cte) return this.#cteReference(cte, node, core)
    const local = ownNamed(parts, this.#context.tables)
    if (local) return this.#tables.local(local, node, core, node.alias ?? parts.at(-1)!)
    // "provider.service.resource" may be written in one pair of quotes.
    const split =
      parts.length === 1 && parts[0]!.includes('.') ? { ...node, parts: parts[0]!.split('.') } : node
    const alias = node.alias ?? split.parts.at(-1)!
    const view = this.#tables.view(parts) ?? (split === node ? undefined : this.#tables.view(split.parts))
    return view ? this.#view(view, split, core, alias) : this.#tables.resource(split, core, alias)
  }

  #cteReference(cte: BoundCte, node: TableNode, core: BoundCore): Relation {
    const definition = cte.owner.query.ctes.find(c => c.name.toLowerCase() === cte.name.toLowerCase())!
    this.bindCte(cte, definition.query)
    cte.uses++
    const alias = node.alias ?? node.parts.at(-1)!
    return { kind: 'cte', core, alias, columns: cteColumns(cte), cte, node }
  }

  #view(view: View, node: TableNode, core: BoundCore, alias: string): Relation {
    const isOfItself = this.#views.includes(view.name)
    if (isOfItself || this.#views.length > MAX_VIEW_DEPTH) {
      const views = [...this.#views, view.name].join(' → ')
      throw new ConfluentqlError(
        'UNSUPPORTED',
        isOfItself
          ? `view ${view.name} refers to itself (${views})`
          : `views are nested more than ${MAX_VIEW_DEPTH} deep (${views})`,
      )
    }
    const { site, profile } = this.#tables
    this.#tables.site ??= {
      source: core.parent.query.source,
      name: node.name,
      isFixed: view.schema === undefined,
    }
    const at = this.#tables.site
    if (view.schema !== undefined) this.ownViews.push({ view, span: spanOf(at.source, at.name) })
    this.#tables.profile ??= view.profile
    this.#views.push(view.name)
    const isOfAll = view.profiles !== undefined && this.#tables.profile === undefined
    const query = this.#bindQuery(this.readText(isOfAll ? unionOfParts(view) : view.sql), {})
    this.#views.pop()
    this.#tables.site = site
    this.#tables.profile = profile
    const { source, range } = query.query
    this.#tables.splice(node, core, () => `(${this.#splices.render(source, range)})`, alias)
    const columns = outputColumns(query)?.map(c => {
      const [about, nulls, defaults] = [view.columns, view.nulls, view.defaults].map(texts => texts?.[c.name])
      const synonyms = Object.keys(view.synonyms ?? {}).filter(name => view.synonyms![name] === c.name)
      return {
        ...c,
        ...(about !== undefined && { about }),
        ...(nulls !== undefined && { nulls }),
        ...(defaults !== undefined && { defaults }),
        ...(synonyms.length > 0 && { synonyms }),
      }
    })
    return { kind: 'derived', core, alias, columns, query, node, view: view.name }
  }
}

/** The rows of a view for each profile, with the profile as a column. */
function unionOfParts({ name, profiles = [] }: View): string {
  const part = (profile: string): string =>
    `SELECT v.*, ${literal(profile)} AS ${quote(PROFILE)} FROM ${quote(name + PART + profile)} AS v`
  return profiles.map(part).join(' UNION ALL ')
}

/** The innermost CTE of a name that is visible in a query. */
function cteNamed(name: string, query: BoundQuery): BoundCte | undefined {
  return enclosingQueries(query)
    .toReversed()
    .map(q => q.ctes.get(name.toLowerCase()))
    .find(cte => cte !== undefined)
}

/** Only JSON functions are table-valued here: SQLite's others show its settings and its file. */
function unknownFunction(node: FunctionNode, source: Source): ConfluentqlError {
  return new ConfluentqlError('UNKNOWN_NAME', `no table-valued function "${node.name}"`, {
    span: spanOf(source, node.at),
    hint: insteadOfTableFunction(source, node.at.from) ?? 'there are json_each, json_tree',
  })
}
