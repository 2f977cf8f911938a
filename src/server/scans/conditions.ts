import { isOp, isWord, lex, type Token } from '../sql/lexer.ts'
import { grouped, isGroup, splitBy, tokenOf, type Group, type Node } from './groups.ts'

/*
 * Reads conditions as Postgres prints them in EXPLAIN: every operator has its own parentheses, columns have their alias, and
 * constants their type. A condition of any other form is `other`: only Postgres evaluates it.
 */

/** A column, or a text at a path in an object column. */
export interface ColumnRef {
  readonly alias: string
  readonly column: string
  readonly path: readonly string[]
}

export interface Literal {
  readonly text: string
  readonly type: string
}

export type Comparison = '<' | '<=' | '>' | '>='

export type Conjunct =
  | { readonly kind: 'equals'; readonly column: ColumnRef; readonly values: readonly Literal[] }
  | { readonly kind: 'compare'; readonly column: ColumnRef; readonly op: Comparison; readonly value: Literal }
  | { readonly kind: 'join'; readonly left: ColumnRef; readonly right: ColumnRef }
  | { readonly kind: 'not null' | 'null'; readonly column: ColumnRef }
  | { readonly kind: 'other'; readonly refs: readonly ColumnRef[]; readonly text: string }

/** The conditions that a text joins by AND. */
export function readConditions(text: string): Conjunct[] {
  const tokens = lex(text)
  const [nodes] = grouped(tokens, 0)
  return conjuncts(nodes, text)
}

/** The column, or text in an object column, that an expression is. */
export function readPlace(text: string): ColumnRef | undefined {
  return columnIn(grouped(lex(text), 0)[0])
}

/** The column whose values an expression has: the column itself, or its min or max. */
export function readSource(text: string): ColumnRef | undefined {
  const [nodes] = grouped(lex(text), 0)
  const [name, group, more] = nodes
  const isExtreme = isWord(tokenOf(name), 'min', 'max') && isGroup(group) && !more
  return columnIn(isExtreme ? group.items : nodes)
}

/** The values of a constant expression: a constant, or `unnest` of a constant array. */
export function readConstants(text: string): readonly Literal[] | undefined {
  const [nodes] = grouped(lex(text), 0)
  const [name, group, more] = nodes
  if (isWord(tokenOf(name), 'unnest') && isGroup(group) && !more) return arrayIn(group)
  const value = literalIn(nodes)
  return value && [value]
}

/** The alias for the rows of a subquery that is evaluated once, `(InitPlan 1).col1` in conditions. No table can have it. */
export const initPlanAlias = (name: string): string => `\0${name}`

function conjuncts(nodes: readonly Node[], text: string): Conjunct[] {
  if (nodes.length === 1 && isGroup(nodes[0])) return conjuncts(nodes[0].items, text)
  const parts = splitBy(nodes, 'and')
  return parts.length > 1 ? parts.flatMap(part => conjuncts(part, text)) : [conjunct(nodes, text)]
}

function conjunct(nodes: readonly Node[], text: string): Conjunct {
  const alternatives = splitBy(nodes, 'or')
  return (
    (alternatives.length > 1 ? anyOf(alternatives, text) : undefined)
    ?? nullTest(nodes)
    ?? truth(nodes)
    ?? comparison(nodes, text) ?? { kind: 'other', refs: refsIn(nodes), text }
  )
}

/** `a = 1 OR a = 2` */
function anyOf(alternatives: readonly Node[][], text: string): Conjunct | undefined {
  const parts = alternatives.map(part => conjuncts(part, text))
  const equals = parts.flatMap(([first, ...more]) =>
    first?.kind === 'equals' && more.length === 0 ? [first] : [],
  )
  const [first] = equals
  if (!first || equals.length < parts.length || !equals.every(e => isSame(e.column, first.column)))
    return undefined
  return { kind: 'equals', column: first.column, values: equals.flatMap(e => e.values) }
}

function nullTest(nodes: readonly Node[]): Conjunct | undefined {
  if (!isWord(tokenOf(nodes.at(-1)), 'null')) return undefined
  const isNegated = isWord(tokenOf(nodes.at(-2)), 'not')
  const column = columnIn(nodes.slice(0, isNegated ? -3 : -2))
  return column && { kind: isNegated ? 'not null' : 'null', column }
}

/** A boolean column, or NOT of one. */
function truth(nodes: readonly Node[]): Conjunct | undefined {
  const isNegated = isWord(tokenOf(nodes[0]), 'not')
  const column = columnIn(isNegated ? nodes.slice(1) : nodes)
  if (!column || column.path.length > 0) return undefined
  return { kind: 'equals', column, values: [{ text: String(!isNegated), type: 'boolean' }] }
}

function comparison(nodes: readonly Node[], text: string): Conjunct | undefined {
  const at = nodes.findIndex(n => ['=', '<', '<=', '>', '>='].includes(opOf(n)))
  if (at < 0) return undefined
  const op = opOf(nodes[at])
  const [left, right] = [nodes.slice(0, at), nodes.slice(at + 1)]
  const column = columnIn(left)
  const other = columnIn(right) ?? (op === '=' ? anyOfInitPlan(right) : undefined)
  if (op === '=' && column && other) return { kind: 'join', left: column, right: other }
  if (column) {
    const values = op === '=' ? valuesIn(right) : undefined
    if (values) return { kind: 'equals', column, values }
    const value = literalIn(right) ?? momentIn(right, text)
    return value && op !== '=' ? { kind: 'compare', column, op: op as Comparison, value } : undefined
  }
  const value = literalIn(left)
  if (!other || !value) return undefined
  if (op === '=') return { kind: 'equals', column: other, values: [value] }
  return { kind: 'compare', column: other, op: mirrored[op as Comparison], value }
}

/** `ANY ((InitPlan 1).col1)`: the rows of `ARRAY(SELECT …)`. */
function anyOfInitPlan([any, group, more]: readonly Node[]): ColumnRef | undefined {
  return isWord(tokenOf(any), 'any') && isGroup(group) && !more ? initPlanIn(group.items) : undefined
}

function initPlanIn(nodes: readonly Node[]): ColumnRef | undefined {
  if (nodes.length === 1 && isGroup(nodes[0])) return initPlanIn(nodes[0].items)
  const [group, dot, column] = nodes
  if (nodes.length !== 3 || !isGroup(group) || !isOp(tokenOf(dot), '.')) return undefined
  const [word, number, more] = group.items.map(tokenOf)
  const name = tokenOf(column)
  if (!isWord(word, 'initplan') || number?.kind !== 'number' || more || name?.kind !== 'word')
    return undefined
  return { alias: initPlanAlias(`InitPlan ${number.text}`), column: name.text, path: [] }
}

/** Functions whose value depends on the time of the statement alone. */
const OF_TIME = new Set(['now', 'date_trunc', 'timezone', 'to_timestamp', 'make_interval'])

/** An expression of the time of the statement, such as `(now() - '01:00:00'::interval)`. */
function momentIn(nodes: readonly Node[], text: string): Literal | undefined {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (!first || !last || !isOfTime(nodes)) return undefined
  return { text: text.slice(first.start, last.end), type: MOMENT }
}

/** The type of an expression of the time of the statement. */
export const MOMENT = 'moment'

function isOfTime(nodes: readonly Node[]): boolean {
  return nodes.every((node, i) => {
    if (isGroup(node)) return isOfTime(node.items)
    if (node.kind === 'param' || isOp(node, '.')) return false
    const isCall = isGroup(nodes[i + 1]) && (node.kind === 'word' || node.kind === 'name')
    return !isCall || OF_TIME.has(node.text)
  })
}

const mirrored: Readonly<Record<Comparison, Comparison>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

const opOf = (node: Node | undefined): string => {
  const token = tokenOf(node)
  return token?.kind === 'op' ? token.text : ''
}

const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'name'

function columnIn(nodes: readonly Node[]): ColumnRef | undefined {
  if (nodes.length === 1 && isGroup(nodes[0])) return columnIn(nodes[0].items)
  const [alias, dot, column] = nodes.map(tokenOf)
  if (nodes.length === 3 && isName(alias) && isOp(dot, '.') && isName(column))
    return { alias: alias.text, column: column.text, path: [] }
  return initPlanIn(nodes) ?? textAt(nodes)
}

/** `(a.creator ->> 'id'::text)`: the text at a path. */
function textAt(nodes: readonly Node[]): ColumnRef | undefined {
  const at = nodes.findIndex(n => opOf(n) === '->>')
  const key = at < 0 ? undefined : literalIn(nodes.slice(at + 1))
  if (key?.type !== 'text') return undefined
  const object = objectIn(nodes.slice(0, at))
  return object && { ...object, path: [...object.path, key.text] }
}

function objectIn(nodes: readonly Node[]): ColumnRef | undefined {
  if (nodes.length === 1 && isGroup(nodes[0])) return objectIn(nodes[0].items)
  const at = nodes.findIndex(n => opOf(n) === '->')
  if (at < 0) {
    const column = columnIn(nodes)
    return column?.path.length === 0 ? column : undefined
  }
  const key = literalIn(nodes.slice(at + 1))
  const object = objectIn(nodes.slice(0, at))
  return object && key?.type === 'text' ? { ...object, path: [...object.path, key.text] } : undefined
}

/** A constant, or those of `ANY ('{a,b}'::text[])`. */
function valuesIn(nodes: readonly Node[]): readonly Literal[] | undefined {
  const [any, group, ...rest] = nodes
  if (!isWord(tokenOf(any), 'any') || !isGroup(group) || rest.length > 0) {
    const value = literalIn(nodes)
    return value && [value]
  }
  return arrayIn(group)
}

function arrayIn(group: Group): readonly Literal[] | undefined {
  const array = literalIn(group.items)
  if (!array?.type.endsWith('[]')) return undefined
  const elements = arrayElements(array.text)
  return elements?.map(text => ({ text, type: array.type.slice(0, -2) }))
}

function literalIn(nodes: readonly Node[]): Literal | undefined {
  if (nodes.length === 1 && isGroup(nodes[0])) return literalIn(nodes[0].items)
  const tokens = nodes.map(tokenOf)
  if (tokens.includes(undefined)) return undefined
  const [first, cast, ...type] = tokens as Token[]
  if (!first) return undefined
  if (cast && !isOp(cast, '::')) return undefined
  const named = type
    .map(t => t.text)
    .join(' ')
    .replace(/ ?\[ ?\]/, '[]')
  if (first.kind === 'string') return { text: first.text, type: named || 'text' }
  if (first.kind === 'number') return { text: first.text, type: named || 'number' }
  if (isWord(first, 'true', 'false') && !cast) return { text: first.text, type: 'boolean' }
  return undefined
}

/** The elements of an array of one dimension, without NULLs; undefined for one of several. */
function arrayElements(text: string): string[] | undefined {
  if (!/^\{.*\}$/s.test(text)) return undefined
  const inner = text.slice(1, -1)
  const found: string[] = []
  const element = /(?:"((?:[^"\\]|\\.)*)"|([^",{}\\]*))(,|$)/sy
  for (let at = 0; at < inner.length; at = element.lastIndex) {
    element.lastIndex = at
    const [, quoted, bare, end] = element.exec(inner) ?? []
    if (end === undefined) return undefined
    if (quoted !== undefined) found.push(quoted.replaceAll(/\\(.)/gs, '$1'))
    else if (!/^null$/i.test(bare!)) found.push(bare!)
    if (end === '') break
  }
  return found
}

/** Every `alias.column` in a text. */
export function refsInText(text: string): ColumnRef[] {
  return refsIn(grouped(lex(text), 0)[0])
}

function refsIn(nodes: readonly Node[]): ColumnRef[] {
  return nodes.flatMap((node, i) => {
    if (isGroup(node)) return refsIn(node.items)
    const column = tokenOf(nodes[i + 1])
    const alias = tokenOf(nodes[i - 1])
    if (!isOp(tokenOf(node), '.') || !isName(alias) || !isName(column)) return []
    return [{ alias: alias.text, column: column.text, path: [] }]
  })
}

export const isSame = (a: ColumnRef, b: ColumnRef): boolean =>
  a.alias === b.alias && a.column === b.column && a.path.join('\0') === b.path.join('\0')
