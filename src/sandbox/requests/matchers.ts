import { allAt, at, define, without } from '../rows/json.ts'
import type { Row } from '../rows/state.ts'
import type { Matcher } from './matcher.ts'
import type { Json, JsonObject } from '../types.ts'

/** Filters rows, or changes how they appear. */
export type Narrow = (rows: readonly Row[]) => readonly Row[]

/** The effect of a parameter with a matcher. `values` are its values, none if it was not sent. */
export function matched(
  matcher: Matcher,
  param: string,
  values: readonly string[],
  query: URLSearchParams,
): Narrow {
  const yes = values[0]?.toLowerCase() === 'true'
  switch (matcher.match) {
    case 'marked':
      if (yes || (matcher.unless !== undefined && query.get(matcher.unless) === 'true')) return rows => rows
      return rows => rows.filter(({ doc }) => at(doc, matcher.column) !== true)
    case 'only':
      return rows => (yes ? rows.filter(({ doc }) => at(doc, matcher.column) === true) : rows)
    case 'showing':
      return rows => (yes ? rows : rows.map(row => ({ ...row, doc: without(row.doc, matcher.shows) })))
    case 'newest':
      return rows => (yes ? newest(rows, matcher.column) : rows)
    case 'all':
      return rows => rows
    case 'pattern':
      return byPattern(matcher, param, values, query)
    default:
  }
  if (values.length === 0) return rows => rows
  if (matcher.match === 'form') return rows => inForm(rows, matcher, values)
  if (matcher.match === 'instead') return rows => (values[0] === matcher.when ? showing(rows, matcher) : rows)
  if (matcher.match === 'pairs') return rows => havingPairs(rows, matcher, query.getAll(param), query)
  const accepts = acceptor(matcher, values, query)
  return rows => rows.filter(({ doc }) => allAt(doc, matcher.column).some(value => accepts(String(value))))
}

type Plain = Extract<
  Matcher,
  {
    readonly match:
      | 'exact'
      | 'after'
      | 'words'
      | 'wild'
      | 'from'
      | 'until'
      | 'prefix'
      | 'within'
      | 'latest'
      | 'scope'
      | 'ancestors'
  }
>

function acceptor(
  matcher: Plain,
  wanted: readonly string[],
  query: URLSearchParams,
): (value: string) => boolean {
  switch (matcher.match) {
    case 'wild':
      return value => wanted.includes('ANY') || wanted.includes(value)
    case 'from':
      return value => wanted.some(first => value >= first)
    case 'until':
      return value => wanted.some(last => value <= last)
    case 'prefix':
      return value =>
        wanted.some(beginning => beginning === matcher.every || begins(value, beginning, matcher))
    case 'within':
      return value => wanted.some(part => value.toLowerCase().includes(part.toLowerCase()))
    case 'latest':
      return value => wanted.some(one => one === 'latest' || one === '-1' || one === value)
    case 'scope':
      return value => wanted.some(scope => value === withoutStar(scope) || isBelow(value, scope))
    case 'ancestors':
      if (query.get(matcher.with) !== 'true') return value => wanted.includes(value)
      return value => wanted.some(scope => value === scope || scope.startsWith(`${value}/`))
    case 'words':
      return value => wanted.some(word => matcher.words[word] === value)
    case 'after':
      return value =>
        wanted.some(
          one => value === (one.startsWith(matcher.beginning) ? one.slice(matcher.beginning.length) : one),
        )
    case 'exact':
      return value => wanted.includes(value)
  }
}

function begins(value: string, beginning: string, { special }: Plain & { match: 'prefix' }): boolean {
  return beginning === '' ? special === undefined || !value.startsWith(special) : value.startsWith(beginning)
}

function withoutStar(scope: string): string {
  return scope.endsWith('/*') ? scope.slice(0, -2) : scope
}

function isBelow(value: string, scope: string): boolean {
  return scope.endsWith('/*') && value.startsWith(scope.slice(0, -1))
}

function newest(rows: readonly Row[], column: string): readonly Row[] {
  const last = new Map(rows.map(row => [at(row.doc, column), row.seq]))
  return rows.filter(row => last.get(at(row.doc, column)) === row.seq)
}

function inForm(
  rows: readonly Row[],
  matcher: Matcher & { match: 'form' },
  values: readonly string[],
): readonly Row[] {
  const { column, other, every } = matcher
  const all = values.includes(every)
  return rows.flatMap(row => {
    const second = row.doc[other]
    if (second !== undefined && (all || values.includes(String(second))))
      return [{ ...row, doc: withMember(row.doc, column, second) }]
    return all || values.includes(String(row.doc[column])) ? [row] : []
  })
}

function showing(rows: readonly Row[], { column, member }: Matcher & { match: 'instead' }): readonly Row[] {
  return rows.map(row => {
    const other = row.doc[member]
    return other === undefined ? row : { ...row, doc: withMember(row.doc, column, other) }
  })
}

function havingPairs(
  rows: readonly Row[],
  { column, with: other }: Matcher & { match: 'pairs' },
  names: readonly string[],
  query: URLSearchParams,
): readonly Row[] {
  const wanted = query.getAll(other)
  return rows.filter(({ doc }) => names.every((name, i) => at(at(doc, column), name) === wanted[i]))
}

function withMember(doc: JsonObject, name: string, value: Json): JsonObject {
  const copy: Record<string, Json> = { ...doc }
  define(copy, name, value)
  return copy
}

/** Each of the two parameters of a pattern can be used alone; with MATCH they are evaluated together. */
function byPattern(
  matcher: Matcher & { match: 'pattern' },
  param: string,
  values: readonly string[],
  query: URLSearchParams,
): Narrow {
  const isName = param === matcher.name
  const matching = (isName ? query.get(matcher.column) : values[0]) === 'MATCH'
  if (!matching) {
    const column = isName ? matcher.name : matcher.column
    const any = values.length === 0 || values[0] === 'ANY'
    return rows => (any ? rows : rows.filter(({ doc }) => values.includes(String(doc[column]))))
  }
  const name = query.get(matcher.name)
  if (name === null || name === '') return rows => rows
  return rows =>
    rows.filter(({ doc }) => {
      const own = String(doc[matcher.name])
      return own === name || own === '*' || (doc[matcher.column] === 'PREFIXED' && name.startsWith(own))
    })
}
