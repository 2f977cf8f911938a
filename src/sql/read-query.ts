import { ConfluentqlError } from '../errors.ts'
import { CLAUSES, Cursor, isNameOrString, SET_OPS } from './cursor.ts'
import type { Expression, Window } from './expression.ts'
import { isOp, isWord, nameOf } from './lexer.ts'
import type { ParseBoolean } from './parser.ts'
import type { ClauseName, Core, Cte, FromNode, Limit, Query, Range, SelectItem, Source } from './query.ts'
import { readExpression, readExpressions, readFirst } from './read-expression.ts'
import type { ReadContext } from './read-operand.ts'
import { readWindow } from './read-window.ts'
import { readFrom } from './read-from.ts'
import { splitList } from './tokens.ts'

const MAX_DEPTH = 100
const ITEM_ENDS = [...CLAUSES, ',']

/** Collects the subqueries of a core, in the order of the text. */
type Subqueries = { clause: ClauseName; query: Query }[]

/**
 * Builds the tree of the query in a range of tokens. Reports no syntax errors: SQLite does.
 * @param parse reads conditions that have OR or NOT
 * @throws ConfluentqlError LIMIT when subqueries nest deeper than 100.
 */
export function readQuery(source: Source, range: Range, parse: ParseBoolean, depth = 0): Query {
  if (depth > MAX_DEPTH) throw new ConfluentqlError('LIMIT', `subqueries nest deeper than ${MAX_DEPTH}`)
  return new QueryReader(source, range, parse, depth).query()
}

/** Reads a condition or value outside a query, as in a change. */
export function readAlone(source: Source, range: Range, parse: ParseBoolean): Expression {
  const readTable: ReadContext['readTable'] = (name, parts) =>
    tableQuery(source, name, { kind: 'table', name, parts })
  return readExpression(source, range, { parse, readQuery: r => readQuery(source, r, parse, 1), readTable })
}

/** Reads one query. */
class QueryReader {
  readonly #cursor: Cursor
  readonly #source: Source
  readonly #parse: ParseBoolean
  readonly #depth: number
  readonly #range: Range

  constructor(source: Source, range: Range, parse: ParseBoolean, depth: number) {
    this.#source = source
    this.#range = range
    this.#parse = parse
    this.#depth = depth
    this.#cursor = new Cursor(source, range)
  }

  query(): Query {
    const c = this.#cursor
    const withClause = c.is('WITH') ? this.#with() : { ctes: [], recursive: false }
    const cores: Core[] = []
    const setOps: string[] = []
    for (;;) {
      cores.push(c.is('VALUES') ? this.#valuesCore() : this.#core())
      const op = c.token()?.value
      if (!c.accept(...SET_OPS)) break
      setOps.push(c.accept('ALL') ? `${op} ALL` : op!)
    }
    const tail: Subqueries = []
    const context = this.#context('select', tail)
    const orderBy = c.is('ORDER') ? readExpressions(this.#source, c.clause(['LIMIT'], 2), context) : undefined
    const limit = c.is('LIMIT') ? this.#limit(context) : undefined
    return {
      form: 'query',
      source: this.#source,
      range: this.#range,
      ...withClause,
      cores,
      setOps,
      subqueries: tail.map(t => t.query),
      ...(orderBy && { orderBy }),
      ...(limit && { limit }),
    }
  }

  #subquery(range: Range): Query {
    return readQuery(this.#source, range, this.#parse, this.#depth + 1)
  }

  #context(clause: ClauseName, subqueries: Subqueries): ReadContext {
    const add = (query: Query): Query => {
      subqueries.push({ clause, query })
      return query
    }
    return {
      parse: this.#parse,
      readQuery: range => add(this.#subquery(range)),
      readTable: (name, parts, call) => {
        const range = { from: name.from, to: call ? call.inside.to + 1 : name.to }
        const from: FromNode = call
          ? { kind: 'function', name: parts.join('.'), at: name, ...call }
          : { kind: 'table', name, parts }
        return add(tableQuery(this.#source, range, from))
      },
    }
  }

  #with(): { ctes: Cte[]; recursive: boolean } {
    const c = this.#cursor
    c.at++
    const recursive = c.accept('RECURSIVE')
    const ctes: Cte[] = []
    while (isNameOrString(c.token())) {
      const at = { from: c.at, to: c.at + 1 }
      const name = nameOf(c.token()!)
      c.at++
      const columns = c.isOp('(') ? c.namesInBrackets() : undefined
      c.accept('AS')
      c.accept('NOT')
      c.accept('MATERIALIZED')
      if (!c.isOp('(')) break
      ctes.push({ name, at, query: this.#subquery(c.brackets()), ...(columns && { columns }) })
      if (!c.isOp(',')) break
      c.at++
    }
    return { ctes, recursive }
  }

  #limit(context: ReadContext): Limit {
    const c = this.#cursor
    const start = c.at
    const read = (stops: readonly string[]): Expression =>
      readExpression(this.#source, c.clause(stops, 1), context)
    const first = read(['OFFSET', ','])
    if (c.isOp(',')) {
      const count = read([])
      return { range: { from: start, to: c.at }, count, offset: first }
    }
    if (!c.is('OFFSET')) return { range: { from: start, to: c.at }, count: first }
    const offset = read([])
    return { range: { from: start, to: c.at }, count: first, offset }
  }

  #valuesCore(): Core {
    const c = this.#cursor
    const start = c.at
    const subqueries: Subqueries = []
    const context = this.#context('select', subqueries)
    const rows = splitList(this.#source, c.clause([...SET_OPS, 'ORDER', 'LIMIT'], 1))
    const values = rows.map(row => {
      const inside = isOp(this.#source.tokens[row.from], '(') ? { from: row.from + 1, to: row.to - 1 } : row
      return readExpressions(this.#source, inside, context)
    })
    const range = { from: start, to: c.at }
    return { kind: 'values', range, distinct: false, items: [], windows: [], values, subqueries: subqueries }
  }

  #core(): Core {
    const c = this.#cursor
    const start = c.at++
    const subqueries: Subqueries = []
    const distinct = c.is('DISTINCT')
    c.accept('DISTINCT', 'ALL')
    const items = this.#items(subqueries)
    const from = c.accept('FROM') ? this.#from(subqueries) : undefined
    const clause = (word: string, skip: number): Range | undefined => {
      if (!c.is(word)) return undefined
      const others = CLAUSES.filter(w => w !== word)
      const range = c.clause(others, skip)
      return range.to > range.from ? range : undefined
    }
    const one = (word: string, name: ClauseName): Expression | undefined => {
      const range = clause(word, 1)
      return range && readExpression(this.#source, range, this.#context(name, subqueries))
    }
    const where = one('WHERE', 'where')
    const group = clause('GROUP', 2)
    const groupBy = group && readExpressions(this.#source, group, this.#context('group', subqueries))
    const having = one('HAVING', 'having')
    const window = clause('WINDOW', 1)
    return {
      kind: 'select',
      range: { from: start, to: c.at },
      distinct,
      items,
      windows: window ? this.#windows(window, subqueries) : [],
      values: [],
      subqueries: subqueries,
      ...(from && { from }),
      ...(where && { where }),
      ...(groupBy && { groupBy }),
      ...(having && { having }),
    }
  }

  #from(subqueries: Subqueries): FromNode | undefined {
    return readFrom(this.#cursor, {
      condition: range => readExpression(this.#source, range, this.#context('on', subqueries)),
      args: range => readExpressions(this.#source, range, this.#context('from', subqueries)),
      query: range => this.#subquery(range),
    })
  }

  /** `name AS (…)`, … */
  #windows(range: Range, subqueries: Subqueries): Window[] {
    const context = this.#context('window', subqueries)
    return splitList(this.#source, range).map(({ from, to }) =>
      readWindow(this.#source, { from: Math.min(from + 3, to), to: to - 1 }, part =>
        readExpression(this.#source, part, context),
      ),
    )
  }

  #items(subqueries: Subqueries): SelectItem[] {
    const c = this.#cursor
    const items: SelectItem[] = []
    while (c.at < c.range.to) {
      items.push(readItem(this.#source, c.clause(ITEM_ENDS, 0), this.#context('select', subqueries)))
      if (!c.isOp(',')) break
      c.at++
    }
    return items
  }
}

/** Splits one item of a list of result columns into expression and alias. */
function readItem(source: Source, range: Range, context: ReadContext): SelectItem {
  const { tokens } = source
  const last = tokens[range.to - 1]
  if (isOp(last, '*') && (range.to - range.from === 1 || isOp(tokens[range.to - 2], '.'))) {
    const qualifier = tokens
      .slice(range.from, range.to - 1)
      .filter(isNameOrString)
      .map(nameOf)
    return { expr: { kind: 'unknown', parts: [], source, range }, star: { qualifier } }
  }
  const { expr, end } = readFirst(source, range, context)
  if (end >= range.to) return { expr }
  const at = isWord(tokens[end], 'AS') ? end + 1 : end
  const alias = tokens[at]
  if (at === range.to - 1 && isNameOrString(alias)) return { expr, alias: nameOf(alias) }
  return { expr: { kind: 'unknown', parts: [expr], source, range } }
}

/** The query that `x IN name` stands for: all columns of a table. */
function tableQuery(source: Source, range: Range, from: FromNode): Query {
  const star: SelectItem = { expr: { kind: 'unknown', parts: [], source, range }, star: { qualifier: [] } }
  const core: Core = {
    kind: 'select',
    range,
    distinct: false,
    items: [star],
    from,
    windows: [],
    values: [],
    subqueries: [],
  }
  return {
    form: 'table',
    source,
    range,
    ctes: [],
    recursive: false,
    cores: [core],
    setOps: [],
    subqueries: [],
  }
}
