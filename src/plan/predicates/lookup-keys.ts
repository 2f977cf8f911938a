import type { Expression } from '../../sql/expression.ts'
import type { Range, Source } from '../../sql/query.ts'
import {
  queryOf,
  coresOf,
  isText,
  mayBeNumeric,
  pathOf,
  type Affinity,
  type BoundCore,
  type BoundQuery,
  type Relation,
} from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { expandStar, hasCollate, starColumn } from '../binding/outputs.ts'
import { nodesRead, ownNodes } from '../binding/traverse.ts'
import { ONLY_TIME } from '../names.ts'
import { quote } from '../splice.ts'
import { isCollated, type ExpressionAnalysis } from './analysis.ts'
import {
  areAround,
  conjunctsOf,
  isNullable,
  isRightOfLeft,
  isUnder,
  onFilters,
  type Conjunct,
} from './conjuncts.ts'

/** Functions that fail for no value. What may fail is not evaluated for rows that another condition may leave out. */
const NEVER_FAILS =
  /^(?:lower|upper|substr|substring|replace|trim|ltrim|rtrim|coalesce|ifnull|nullif|iif|if|instr|length|concat|concat_ws|hex|quote|typeof|date|split_part)$/

/** Names by which SQLite gives the number of a row of a table. */
const ROW_NUMBER = /^(?:rowid|_rowid_|oid)$/i

/** A side of an equality that becomes a column of its relation. */
interface Key {
  readonly name: string
  readonly side: Expression
  readonly other: Expression
  readonly condition: Expression
  /** SQLite makes texts of its numbers for the comparison. */
  readonly isMadeText: boolean
}

/**
 * The equalities for which SQLite would read a relation for each row of others. The relation becomes a subquery that is not merged with the
 * query, with the side of the equality as one more column: `FROM (SELECT *, lower(t.email) AS "key~1" FROM … AS t WHERE … LIMIT -1) AS t`. SQLite
 * makes an index of such a column everywhere but on the right of a RIGHT or FULL JOIN, and drops it with the statement. The
 * equality remains, beside that of the column.
 */
export class LookupKeys {
  readonly #root: BoundQuery
  readonly #analysis: ExpressionAnalysis
  readonly #keys = new Map<Relation, Key[]>()
  #prefix: string | undefined
  #count = 0

  constructor(root: BoundQuery, analysis: ExpressionAnalysis) {
    this.#root = root
    this.#analysis = analysis
  }

  /** Adds a side of an equality, if SQLite would have no index for it. */
  add(side: Expression, other: Expression, conjunct: Conjunct): void {
    const { core, condition } = conjunct
    const { binder } = this.#analysis
    const relation = this.#relationOf(side, core)
    if (!relation || !this.#isRead(relation, side, other, conjunct)) return
    const [own, beside] = [binder.affinityOf(side), affinityBeside(side, other, this.#analysis)]
    // an index of texts has no order of numbers
    if (own === 'mixed' || (own !== 'numeric' && mayBeNumeric(beside))) return
    if (this.#changesCollation(side, other)) return
    if (isNullableIn(relation, conjunct) || !this.#mayEvaluate(side, relation, core)) return
    this.#prefix ??= newPrefix(this.#root)
    const name = quote(`${this.#prefix}${++this.#count}`)
    const key = { name, side, other, condition, isMadeText: own === 'none' && beside === 'text' }
    const known = this.#keys.get(relation)
    if (known) known.push(key)
    else this.#keys.set(relation, [key])
  }

  /** The changes of the text. */
  changes(): (() => void)[] {
    if (this.#keys.size === 0) return []
    const { binder } = this.#analysis
    // a subquery has no row number
    const isRowNumber = (e: Expression): boolean => e.kind === 'column' && ROW_NUMBER.test(e.parts.at(-1)!)
    if (nodesRead(this.#root).nodes.some(e => isRowNumber(e) && binder.isUnresolved(e))) return []
    return [...this.#keys].flatMap(([relation, keys]) => {
      const stars = this.#stars(relation)
      if (!stars || isIndexed(relation)) return []
      return [
        ...stars.map(
          ({ source, range, text }) =>
            () =>
              binder.splices.add(source, range, text),
        ),
        () => this.#write(relation, keys),
      ]
    })
  }

  /** The relation that an expression is computed from. */
  #relationOf(side: Expression, core: BoundCore): Relation | undefined {
    const { columns, isDeterministic } = this.#analysis.contentsOf(side)
    const relation = columns[0]?.relation
    if (!isDeterministic || relation?.core !== core || relation.kind === 'function') return undefined
    if (columns.some(c => c.relation !== relation || c.merged)) return undefined
    const query = queryOf(relation)
    if (query && this.#analysis.isCorrelated(query)) return undefined
    return relation.kind === 'cte' && isWithin(core.parent, relation.cte.query) ? undefined : relation
  }

  /** Whether SQLite would read the relation for each row of others. */
  #isRead(relation: Relation, side: Expression, other: Expression, conjunct: Conjunct): boolean {
    const { core, join } = conjunct
    const { columns: others, isDeterministic } = this.#analysis.contentsOf(other)
    if (!isDeterministic || others.length === 0 || others.some(c => c.relation === relation || c.merged))
      return false
    if (areAround(others, core)) return true
    if (this.#hasOwnIndex(side, other)) return false
    if (isRightOfLeft(relation, others, conjunct)) return true
    // the loop of the first table is the outer one
    const at = core.relations.indexOf(relation)
    const isLater = others.every(c => core.relations.indexOf(c.relation) < at)
    return (!join || join.type === 'inner') && isLater && !this.#hasOwnIndex(other, side)
  }

  /**
   * Whether a key could compare by another collation: a column comes before an expression, and its own collation before that of a column
   * on the right, but not before COLLATE (sqlite.org/datatype3.html, 7.1).
   */
  #changesCollation(side: Expression, other: Expression): boolean {
    const columns = [side, other].flatMap(e => this.#analysis.columnsIn(e))
    return columns.some(isCollated) || (hasCollate(side) && hasCollate(other))
  }

  /** Whether SQLite makes an index of a column in a join. */
  #hasOwnIndex(e: Expression, other: Expression): boolean {
    const { binder } = this.#analysis
    const column = binder.columnOf(e)
    if (!column || column.isJson || binder.splices.isWrapped(e.source, e.range)) return false
    const origin = onlyOrigin(pathOf(column))
    if (!origin || origin.path.length > 0 || !/^(?:ref|local)$/.test(origin.relation.kind)) return false
    const beside = binder.affinityOf(other)
    return (
      column.affinity === 'numeric' || beside === 'none' || (column.affinity === 'text' && beside === 'text')
    )
  }

  /** Whether an expression can be computed for all rows that its subquery gives: no value is an error, or no other condition may leave it out. */
  #mayEvaluate(side: Expression, relation: Relation, core: BoundCore): boolean {
    const isSafe = ownNodes(side).every(e => {
      if (e.kind === 'call') return NEVER_FAILS.test(e.name)
      if (e.kind === 'binary' && e.operator.startsWith('->'))
        return this.#analysis.binder.columnOf(e)?.relation.kind === 'ref'
      return e.kind !== 'match'
    })
    const { splices } = this.#analysis.binder
    if (isSafe && !splices.render(side.source, side.range, false).includes(ONLY_TIME)) return true
    const filters = this.#filters(relation)
    const about = conjunctsOf(core).filter(
      c => !filters.includes(c) && this.#analysis.columnsIn(c.condition).some(x => x.relation === relation),
    )
    return about.length === 1
  }

  /** The conditions about a relation alone, which its subquery evaluates first. */
  #filters(relation: Relation): readonly Conjunct[] {
    return conjunctsOf(relation.core).filter(
      c =>
        this.#analysis.isOver(c.condition, [relation])
        && !isNullableIn(relation, c)
        && (!c.join || onFilters(c.core, c.join, relation)),
    )
  }

  /** The texts of the `*` that stand for a relation, without its further columns; undefined if they cannot be written out. */
  #stars(relation: Relation): { source: Source; range: Range; text: string }[] | undefined {
    const { core } = relation
    const { source } = core.parent.query
    const stars: { source: Source; range: Range; text: string }[] = []
    for (const { expr, star } of core.core.items) {
      const qualifier = star?.qualifier.at(-1)?.toLowerCase()
      if (!star || (qualifier !== undefined && qualifier !== relation.alias.toLowerCase())) continue
      const columns = expandStar(core, star.qualifier)
      const { binder } = this.#analysis
      if (!columns || binder.isCompared(core.parent.query) || !core.relations.every(hasDistinctNames))
        return undefined
      stars.push({ source, range: expr.range, text: columns.map(starColumn).join(', ') })
    }
    return stars
  }

  #write(relation: Relation, keys: readonly Key[]): void {
    const { splices } = this.#analysis.binder
    const textOf = ({ source, range }: Expression): string => splices.render(source, range, false)
    const items = (): string =>
      keys.map(key => `, ${this.#keyText(key, textOf(key.side))} AS ${key.name}`).join('')
    const { node, core } = relation
    const { source } = core.parent.query
    const filters = this.#filters(relation).map(c => c.condition)
    const where = filters.length === 0 ? '' : ` WHERE ${filters.map(c => `(${textOf(c)})`).join(' AND ')}`
    const alias = relation.alias === '' ? '' : ` AS ${quote(relation.alias)}`
    if (node.kind === 'derived') {
      const { query } = node
      splices.wrapWhole(
        query.source,
        query.range,
        () => `SELECT *${items()} FROM (`,
        `)${alias}${where} LIMIT -1`,
      )
    } else if (node.kind !== 'function') {
      const range = node.kind === 'exec' ? node.whole : node.name
      const isNamed = node.alias !== undefined
      // a name that was replaced by another one has got its alias
      const inner = isNamed || relation.kind === 'cte' ? alias : ''
      const after = `${inner}${where} LIMIT -1)${isNamed ? '' : alias}`
      splices.wrapWhole(source, range, () => `(SELECT *${items()} FROM `, after)
    }
    for (const { name, other, condition, isMadeText } of keys) {
      const before = (): string => `(${name} = ${isMadeText ? '+' : ''}(${textOf(other)}) AND `
      splices.wrapWhole(condition.source, condition.range, before, ')')
    }
  }

  /** A text of a number, as the affinity of the other side makes it: of bytes it makes none. */
  #keyText({ side, isMadeText }: Key, text: string): string {
    if (!isMadeText || isText(this.#analysis.kindOf(side))) return text
    return `iif(typeof(${text}) = 'blob', ${text}, CAST(${text} AS TEXT))`
  }
}

/** A prefix that no name in a statement, and no column of its tables, begins with. */
function newPrefix(root: BoundQuery): string {
  const cores = coresOf(root)
  const texts = [...new Set(cores.map(core => core.parent.query.source.text))]
  const columns = cores.flatMap(core =>
    core.relations.flatMap(({ columns: all = [] }) => all.map(c => c.name)),
  )
  const known = [...texts, ...columns].filter(name => /key~/i.test(name)).map(name => name.toLowerCase())
  let prefix = 'key~'
  while (known.some(name => name.includes(prefix))) prefix += '~'
  return prefix
}

/** The affinity of the other side of an equality, with that of a change of the text that makes a text of it. */
export function affinityBeside(side: Expression, other: Expression, analysis: ExpressionAnalysis): Affinity {
  const { binder } = analysis
  const affinity = binder.affinityOf(other)
  const isMadeText = binder.splices.isWrapped(other.source, other.range) && isText(analysis.kindOf(side))
  return affinity === 'none' && isMadeText ? 'text' : affinity
}

/** Whether an outer join makes NULLs of a relation's columns before a condition is evaluated, where its key would be NULL as well. */
function isNullableIn(relation: Relation, { core, join }: Conjunct): boolean {
  if (!join) return isNullable(core, relation)
  const side = isUnder(core, join.left, relation) ? join.left : join.right
  return isNullable(core, relation, side)
}

/** Whether a query is in the body of a recursive CTE, where its name cannot be in a subquery. */
function isWithin(query: BoundQuery | undefined, body: BoundQuery | undefined): boolean {
  return query !== undefined && (query === body || isWithin(query.enclosing, body))
}

/** Whether the statement gives or forbids an index, which no subquery has. */
function isIndexed({ core }: Relation): boolean {
  return core.parent.query.source.tokens.some(t => t.kind === 'word' && t.value === 'INDEXED')
}

function hasDistinctNames({ columns = [] }: Relation): boolean {
  const names = new Set(columns.map(c => c.name.toLowerCase()))
  return names.size === columns.length && !names.has('')
}
