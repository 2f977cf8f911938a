import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { leaves, type Query, type Range, type Source } from '../../sql/query.ts'
import { nodesBelow } from '../binding/traverse.ts'
import { compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { spanOf, writtenText } from '../names.ts'
import { quote } from '../splice.ts'
import { planQuery } from './query.ts'

/** What is stored first, and what stands in its place then, before the name of the stored table and behind it. */
interface Stored {
  readonly range: Range
  readonly query: string
  readonly before: string
  readonly after: string
}

/**
 * Plans the rows of a change. A query in it that lacks keys, which a change does not take from parents, is an error; if a SELECT by
 * itself takes them from there, the hint has the statements that store its rows first. These are the rows of a query after IN, or
 * else of each table that lacks keys, which a subquery of any form then reads.
 *
 * @param conditions the conjuncts of WHERE
 * @param values those of SET
 */
export function withStoredKeys<T>(
  plan: () => T,
  conditions: readonly Expression[],
  values: readonly Expression[],
  source: Source,
  context: PlanContext,
): T {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || error.code !== 'MISSING_PARAMETER') throw error
    if (context.requireKeys !== 'in changes') throw error
    const stored = new StoredKeys(error.message, source, context).of(conditions, values)
    if (stored.length === 0) throw error
    throw new ConfluentqlError('MISSING_PARAMETER', `a change takes no keys from parents: ${error.message}`, {
      cause: error,
      span: spanOf(source, stored[0]!.range),
      hint: `store them first, which reads all parents: ${statements(stored, source, context)}`,
    })
  }
}

/** The statements that store rows, and the change of them. */
function statements(stored: readonly Stored[], source: Source, context: PlanContext): string {
  const names = new Map<string, string>()
  for (const { query } of stored)
    if (!names.has(query)) names.set(query, storedName(context, [...names.values()]))
  const { start, end } = spanOf(source, { from: 0, to: source.tokens.length })
  let [change, at] = ['', start]
  for (const { range, query, before, after } of stored.toSorted((a, b) => a.range.from - b.range.from)) {
    const span = spanOf(source, range)
    change += source.text.slice(at, span.start) + before + names.get(query)! + after
    at = span.end
  }
  const creates = [...names].map(([query, name]) => `CREATE TEMP TABLE ${name} AS ${query}; `)
  return `${creates.join('')}${change}${source.text.slice(at, end)}`
}

/** A name for a table of keys that no table of the session has. */
export function storedName({ tables }: PlanContext, others: readonly string[] = []): string {
  let name = 'found_keys'
  while (tables.has(name) || others.includes(name)) name += '_'
  return name
}

class StoredKeys {
  readonly #message: string
  readonly #source: Source
  readonly #context: PlanContext

  /** @param message says which tables lack keys */
  constructor(message: string, source: Source, context: PlanContext) {
    this.#message = message
    this.#source = source
    this.#context = context
  }

  of(conditions: readonly Expression[], values: readonly Expression[]): readonly Stored[] {
    const queries = conditions.flatMap((e): readonly Stored[] => {
      if (e.kind !== 'in query' || e.query.source !== this.#source || e.query.form === 'table') return []
      const { range } = e.query
      const query = writtenText(this.#source, range)
      return this.#lacksKeys(query) ? [{ range, query, before: 'SELECT * FROM ', after: '' }] : []
    })
    const isStored = ({ from, to }: Range): boolean =>
      queries.some(({ range }) => range.from <= from && to <= range.to)
    const tables = [...conditions, ...values]
      .flatMap(e => queriesBelow(e))
      .flatMap(q => (q.source === this.#source ? this.#tablesOf(q) : []))
      .filter(({ range }) => !isStored(range))
    return [...queries, ...new Map(tables.map(t => [t.range.from, t])).values()]
  }

  /** The tables of a query that lack keys, each to be stored as a whole. */
  #tablesOf({ cores, form }: Query): readonly Stored[] {
    return cores
      .flatMap(({ from }) => leaves(from))
      .flatMap(leaf => {
        if (leaf.kind !== 'table') return []
        const query = `SELECT * FROM ${writtenText(this.#source, leaf.name)}`
        if (!this.#lacksKeys(query)) return []
        const name = leaf.parts.at(-1)!
        const after =
          leaf.alias !== undefined || form === 'table' ? '' : ` AS ${/^\w+$/.test(name) ? name : quote(name)}`
        return [{ range: leaf.name, query, before: '', after }]
      })
  }

  /** Whether a query lacks keys of a table of the message, which a SELECT takes from parents. */
  #lacksKeys(query: string): boolean {
    const text = compose({ text: '', tokens: [] }, [query])
    const plan = (requireKeys: PlanContext['requireKeys']): unknown => {
      try {
        planQuery(text.source, text.range, { ...this.#context, requireKeys })
        return undefined
      } catch (error) {
        return error
      }
    }
    const lacking = plan('in changes')
    if (!(lacking instanceof ConfluentqlError) || lacking.code !== 'MISSING_PARAMETER') return false
    const isOfMessage = lacking.message.split('; ').some(part => this.#message.includes(part))
    return isOfMessage && plan(false) === undefined
  }
}

/** The queries in an expression, and those in them. */
function queriesBelow(e: Expression): readonly Query[] {
  return nodesBelow(e).flatMap(n =>
    n.kind === 'subquery' || n.kind === 'exists' || n.kind === 'in query' ? withDerived(n.query) : [],
  )
}

/** A query with those of its CTEs and derived tables. */
function withDerived(query: Query): readonly Query[] {
  const derived = query.cores.flatMap(({ from }) =>
    leaves(from).flatMap(leaf => (leaf.kind === 'derived' ? [leaf.query] : [])),
  )
  return [query, ...[...query.ctes.map(cte => cte.query), ...derived].flatMap(withDerived)]
}
