import type { Catalog, Host } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { isWord } from '../../sql/lexer.ts'
import { leaves, type Core, type Query, type Range, type Source } from '../../sql/query.ts'
import { readAlone, readQuery } from '../../sql/read-query.ts'
import type { Statement } from '../../sql/statement.ts'
import { wordsOf } from '../../sql/tokens.ts'
import { joinsOf } from '../binding/joins.ts'
import { nodesOf } from '../binding/traverse.ts'
import { compose, type Composed, type Part } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { splitAnd } from '../predicates/conjuncts.ts'

/** The base URL of a host, and the names of its parts: `https://{a}.{b}.example.com`. */
interface Address {
  readonly param: string
  readonly template: string
  readonly names: readonly string[]
}

/** A replacement of a range of tokens. */
interface Edit {
  readonly range: Range
  readonly parts: readonly Part[]
}

/** A part of an address with its value. */
interface Given {
  readonly name: string
  /** What it replaces. */
  readonly range: Range
  readonly value: Range
}

/**
 * A statement in which conditions, columns or arguments that give all parts of a base URL give the URL instead:
 * `region = 'r' AND …` becomes `rest_endpoint = 'https://…'`. Undefined if it has none.
 */
export function withAddresses(
  statement: Statement,
  source: Source,
  context: PlanContext,
): Composed | undefined {
  const words = wordsOf(source)
  const all = addresses.get(context.catalog) ?? addressesOf(context.catalog)
  addresses.set(context.catalog, all)
  if (!all.some(a => a.names.every(name => words.has(name)))) return undefined
  const edits = editsOf(statement, source, context).sort((a, b) => a.range.from - b.range.from)
  const overlaps = edits.some((e, i) => i > 0 && e.range.from < edits[i - 1]!.range.to)
  if (edits.length === 0 || overlaps) return undefined
  const parts: Part[] = []
  let at = 0
  for (const { range, parts: replacement } of edits) {
    parts.push({ from: at, to: range.from }, ' ', ...replacement, ' ')
    at = range.to
  }
  return compose(source, [...parts, { from: at, to: source.tokens.length }], false)
}

/** The addresses of the hosts of each catalog. */
const addresses = new WeakMap<Catalog, readonly Address[]>()

function addressesOf(catalog: Catalog): Address[] {
  const hosts = catalog.providers().flatMap(p => Object.values(p.hosts))
  return hosts.flatMap(host => toAddress(host) ?? [])
}

function toAddress({ urlParam: param, urlParts: template }: Host): Address | undefined {
  if (param === undefined || template === undefined) return undefined
  return { param, template, names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!) }
}

/** The address of the host of a resource, if it has parts. */
function addressOf(parts: readonly string[], { catalog, provider }: PlanContext): Address | undefined {
  const [p = '', s = '', r = ''] = parts.length === 2 && provider !== undefined ? [provider, ...parts] : parts
  const [method] = catalog.resource(p, s, r)?.methods ?? []
  const host = method && catalog.provider(p)?.hosts[method.host]
  return host && toAddress(host)
}

function editsOf(s: Statement, source: Source, context: PlanContext): Edit[] {
  const inQuery = (range: Range): Edit[] =>
    queriesIn(readQuery(source, range, context.parse)).flatMap(q => queryEdits(q, context))
  switch (s.kind) {
    case 'query':
    case 'create view':
      return inQuery(s.query)
    case 'create table':
      return s.query ? inQuery(s.query) : []
    case 'explain':
      return editsOf(s.inner, source, context)
    case 'insert':
      return [...insertEdits(s, source, context), ...inQuery(s.query)]
    case 'update':
    case 'replace':
    case 'delete': {
      const address = addressOf(s.target.parts, context)
      const alias = s.alias ?? s.target.parts.at(-1)!
      const where = s.where && readAlone(source, s.where, context.parse)
      return where && address
        ? conditionEdits([where], new Map([[alias.toLowerCase(), address]]), source)
        : []
    }
    case 'exec': {
      const address = addressOf(s.target.parts.slice(0, -1), context)
      const given = s.args.map(a => ({
        name: a.name,
        range: { from: a.range.from, to: a.expr.to },
        value: a.expr,
      }))
      const isBetween = s.json && s.json.from < s.args.at(-1)!.expr.to
      return address && !isBetween ? argumentEdits(given, address) : []
    }
    default:
      return []
  }
}

/** A query and all queries in it. */
function queriesIn(query: Query, found = new Set<Query>()): Query[] {
  if (found.has(query)) return []
  found.add(query)
  for (const cte of query.ctes) queriesIn(cte.query, found)
  for (const core of query.cores)
    for (const leaf of leaves(core.from)) if (leaf.kind === 'derived') queriesIn(leaf.query, found)
  for (const node of nodesOf(query))
    if (node.kind === 'subquery' || node.kind === 'exists' || node.kind === 'in query')
      queriesIn(node.query, found)
  return [...found]
}

function queryEdits(query: Query, context: PlanContext): Edit[] {
  return query.cores.flatMap(core => {
    const tables = new Map<string, Address>()
    for (const leaf of leaves(core.from)) {
      const address = leaf.kind === 'table' ? addressOf(leaf.parts, context) : undefined
      if (leaf.kind === 'table' && address)
        tables.set((leaf.alias ?? leaf.parts.at(-1)!).toLowerCase(), address)
    }
    return tables.size > 0 ? conditionEdits(conditionsOf(core), tables, query.source) : []
  })
}

function conditionsOf(core: Core): Expression[] {
  return [...(core.where ? [core.where] : []), ...joinsOf(core.from).flatMap(j => (j.on ? [j.on] : []))]
}

/** @param tables addresses by the name of their table */
function conditionEdits(
  conditions: readonly Expression[],
  tables: ReadonlyMap<string, Address>,
  source: Source,
): Edit[] {
  const given = new Map<string, Given[]>()
  for (const e of conditions.flatMap(splitAnd)) {
    if (e.kind !== 'comparison' || e.operator !== '=' || e.left.kind !== 'column') continue
    const { parts } = e.left
    const qualifier = parts.length > 1 ? parts.at(-2)!.toLowerCase() : ''
    const item = { name: parts.at(-1)!, range: e.range, value: e.right.range }
    given.set(qualifier, [...(given.get(qualifier) ?? []), item])
  }
  return [...given].flatMap(([qualifier, items]) => {
    const [only] = tables.values()
    const address = qualifier === '' ? (tables.size === 1 ? only : undefined) : tables.get(qualifier)
    const found = address && partsOf(items, address)
    if (!found) return []
    const name = qualifier === '' ? address.param : `"${qualifier}".${address.param}`
    const ranges = found.map(f => f.range).sort((x, y) => x.from - y.from)
    return ranges.map((range, i) =>
      i === 0 ? { range, parts: [`${name} = `, ...urlOf(found, address)] } : withoutCondition(range, source),
    )
  })
}

/** Removes a condition with the AND before it: a change whose conditions are keys only needs no rows. */
function withoutCondition({ from, to }: Range, { tokens }: Source): Edit {
  return isWord(tokens[from - 1], 'AND')
    ? { range: { from: from - 1, to }, parts: [] }
    : { range: { from, to }, parts: ['1'] }
}

/** The items that are the parts of an address, in its order; undefined if one is missing or given twice. */
function partsOf(items: readonly Given[], { names, param }: Address): Given[] | undefined {
  const named = (name: string): Given[] => items.filter(i => i.name.toLowerCase() === name)
  const all = names.map(named)
  return named(param).length === 0 && all.every(found => found.length === 1) ? all.flat() : undefined
}

/** SQL of the URL with these parts, in the order of the template. */
function urlOf(parts: readonly Given[], { template }: Address): Part[] {
  const texts = template.split(/\{\w+\}/).map(text => `'${text}'`)
  return ['(', texts[0]!, ...parts.flatMap((p, i): Part[] => [' || (', p.value, ') || ', texts[i + 1]!]), ')']
}

/** The arguments of EXEC, with the URL first. */
function argumentEdits(items: readonly Given[], address: Address): Edit[] {
  const found = partsOf(items, address)
  if (!found) return []
  const [first, ...others] = items.map(i => i.range)
  const rest = items.filter(i => !found.includes(i)).flatMap((i): Part[] => [', ', i.range])
  const range = { from: first!.from, to: others.at(-1)!.to }
  return [{ range, parts: [`@${address.param} = `, ...urlOf(found, address), ...rest] }]
}

function insertEdits(
  s: Extract<Statement, { kind: 'insert' }>,
  source: Source,
  context: PlanContext,
): Edit[] {
  const address = addressOf(s.target.parts, context)
  const columns = s.columns.map(c => ({ name: c.path.join('.'), range: c.range, value: c.range }))
  const found = address && partsOf(columns, address)
  if (!found) return []
  const rows = readQuery(source, s.query, context.parse).cores.flatMap(core =>
    core.kind === 'values'
      ? core.values
      : [core.items.some(i => i.star ?? i.alias) ? [] : core.items.map(i => i.expr)],
  )
  if (rows.some(row => row.length !== columns.length)) return []
  const at = found.map(f => columns.indexOf(f))
  const rest = (ranges: readonly Range[]): Part[] =>
    ranges.flatMap((range, i): Part[] => (at.includes(i) ? [] : [', ', range]))
  const whole = (ranges: readonly Range[]): Range => ({ from: ranges[0]!.from, to: ranges.at(-1)!.to })
  const names = columns.map(c => c.range)
  return [
    { range: whole(names), parts: [address.param, ...rest(names)] },
    ...rows.map(row => {
      const ranges = row.map(e => e.range)
      const url = urlOf(
        at.map((i, n) => ({ ...found[n]!, value: ranges[i]! })),
        address,
      )
      return { range: whole(ranges), parts: [...url, ...rest(ranges)] }
    }),
  ]
}
