import { isOp, isWord } from './lexer.ts'
import type { Range, Source } from './query.ts'
import type { StatementReader } from './statement-reader.ts'
import { afterParen, splitList } from './tokens.ts'

/*
 * What to write instead of forms of INSERT, UPDATE and DELETE that other databases have. A hint is the whole statement, or the part
 * that is refused, wherever the text has all that is needed for it.
 */

/** The text of a range on one line. */
function textIn({ text, tokens }: Source, { from, to }: Range): string {
  return from < to ? text.slice(tokens[from]!.start, tokens[to - 1]!.end).replaceAll(/\s*\n\s*/g, ' ') : ''
}

/** The items inside the brackets that open at an index, and the index behind them. */
function bracketItems(source: Source, at: number, end: number): { items: readonly Range[]; to: number } {
  const to = afterParen(source, at, end)
  return { items: splitList(source, { from: at + 1, to: to - 1 }), to }
}

/** The first index in a range, outside brackets, of one of the words; the end if there is none. */
function indexOf(source: Source, { from, to }: Range, ...words: readonly string[]): number {
  for (let i = from; i < to; i++) {
    if (isWord(source.tokens[i], ...words)) return i
    if (isOp(source.tokens[i], '(')) i = afterParen(source, i, to) - 1
  }
  return to
}

/** `a = 1, b = 2` for `(a, b) = (1, 2)` and for `(a, b) = (SELECT 1, 2 FROM t)`. */
export function singleAssignments(source: Source, range: Range): string {
  const ONE_BY_ONE = 'set the columns one by one: column = value, other = value'
  const { items: names, to } = bracketItems(source, range.from, range.to)
  const open = to + 1
  if (!isOp(source.tokens[to], '=') || open >= range.to) return ONE_BY_ONE
  const name = (i: number): string => textIn(source, names[i]!)
  const value = textIn(source, { from: open, to: range.to })
  if (names.length === 1) return `write ${name(0)} = ${value}`
  if (!isOp(source.tokens[open], '(') || afterParen(source, open, range.to) !== range.to) return ONE_BY_ONE
  const inside = { from: open + 1, to: range.to - 1 }
  const isQuery = isWord(source.tokens[inside.from], 'SELECT')
  const from = isQuery
    ? indexOf(source, inside, 'FROM', 'WHERE', 'GROUP', 'ORDER', 'LIMIT', 'UNION', 'EXCEPT', 'INTERSECT')
    : inside.to
  const values = splitList(source, { from: inside.from + (isQuery ? 1 : 0), to: from })
  if (values.length !== names.length || indexOf(source, inside, 'UNION', 'EXCEPT', 'INTERSECT') < inside.to)
    return ONE_BY_ONE
  const rest = textIn(source, { from, to: inside.to })
  const texts = values.map(v =>
    isQuery ? `(SELECT ${textIn(source, v)}${rest === '' ? '' : ` ${rest}`})` : textIn(source, v),
  )
  return `write ${texts.map((text, i) => `${name(i)} = ${text}`).join(', ')}`
}

/** `INSERT INTO t (a) VALUES (1)` for `INSERT INTO t (a, b) VALUES (1, DEFAULT)`. */
export function withoutDefaults(source: Source, { from, to }: Range): string {
  const BY_COLUMN = 'leave the column out: the API gives it its default'
  const open = indexOf(source, { from, to }, 'VALUES')
  const list = source.tokens.findIndex((t, i) => i > from && i < open && isOp(t, '('))
  if (list < 0 || open === to) return BY_COLUMN
  const names = bracketItems(source, list, to).items
  const rows: (readonly Range[])[] = []
  let at = open + 1
  while (isOp(source.tokens[at], '(') && at < to) {
    const row = bracketItems(source, at, to)
    rows.push(row.items)
    at = row.to
    if (isOp(source.tokens[at], ',')) at++
  }
  const isDefault = (item: Range): boolean =>
    item.to - item.from === 1 && isWord(source.tokens[item.from], 'DEFAULT')
  const isLeft = (i: number): boolean => rows.every(row => row[i] && !isDefault(row[i]))
  const isPlain = rows.every(
    row => row.length === names.length && row.every((v, i) => isDefault(v) !== isLeft(i)),
  )
  if (!isPlain || !names.some((_, i) => isLeft(i)))
    return `${BY_COLUMN}; rows with other columns need an INSERT of their own`
  const texts = (items: readonly Range[]): string =>
    `(${items
      .filter((_, i) => isLeft(i))
      .map(item => textIn(source, item))
      .join(', ')})`
  const rest = textIn(source, { from: at, to })
  return `write ${textIn(source, { from, to: list })} ${texts(names)} VALUES ${rows.map(texts).join(', ')}${rest === '' ? '' : ` ${rest}`}`
}

/** `INSERT INTO t (a) VALUES (1)` for `INSERT INTO t SET a = 1`. */
export function insertOfSet({ source, range, at }: StatementReader): string {
  const items = splitList(source, { from: at + 1, to: range.to }).map(item => {
    const equals = source.tokens.findIndex((t, i) => i > item.from && i < item.to && isOp(t, '='))
    return equals < 0
      ? undefined
      : [
          { from: item.from, to: equals },
          { from: equals + 1, to: item.to },
        ]
  })
  if (items.length === 0 || items.includes(undefined))
    return 'write INSERT INTO table (column) VALUES (value)'
  const part = (i: 0 | 1): string => items.map(item => textIn(source, item![i]!)).join(', ')
  return `write ${textIn(source, { from: range.from, to: at })} (${part(0)}) VALUES (${part(1)})`
}

/** What is meant by ON CONFLICT behind a row of an INSERT: a condition, and an UPDATE of the row that exists. */
export function insteadOfConflict(source: Source, range: Range, at: number): string {
  const OUT = 'leave it out, or write INSERT INTO … SELECT … WHERE NOT EXISTS (SELECT 1 FROM … WHERE key = …)'
  const list = source.tokens.findIndex((t, i) => i > range.from && i < at && isOp(t, '('))
  const values = indexOf(source, { from: range.from, to: at }, 'VALUES')
  const keys = isOp(source.tokens[at + 2], '(') ? bracketItems(source, at + 2, range.to).items : []
  if (list < 0 || values === at || list > values || keys.length === 0) return OUT
  const names = bracketItems(source, list, at).items.map(n => textIn(source, n))
  const row = bracketItems(source, values + 1, at)
  if (row.to !== at || row.items.length !== names.length) return OUT
  const conditions = keys.map(k => {
    const i = names.findIndex(n => n.toLowerCase() === textIn(source, k).toLowerCase())
    return i < 0 ? undefined : `${names[i]!} = ${textIn(source, row.items[i]!)}`
  })
  if (conditions.includes(undefined)) return OUT
  const table = textIn(source, { from: range.from + 2, to: list })
  const where = conditions.join(' AND ')
  const texts = row.items.map(item => textIn(source, item)).join(', ')
  const insert = `INSERT INTO ${table} (${names.join(', ')}) SELECT ${texts} WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE ${where})`
  const isUpdate = source.tokens.slice(at, range.to).some(t => isWord(t, 'UPDATE'))
  return isUpdate ? `write UPDATE ${table} SET … WHERE ${where}, and then ${insert}` : `write ${insert}`
}

/** `UPDATE t SET a = (SELECT …) WHERE EXISTS (SELECT …)` for `UPDATE t SET a = j.a FROM j WHERE …`. */
export function updateWithout({ source, range, at }: StatementReader, set: Range): string {
  const items = splitList(source, set).map(item => {
    const equals = source.tokens.findIndex((t, i) => i > item.from && i < item.to && isOp(t, '='))
    return equals < 0 || isOp(source.tokens[item.from], '(') ? undefined : { item, equals }
  })
  const rest = restOf(source, { from: at, to: range.to })
  if (items.includes(undefined)) return 'write SET column = (SELECT …) or WHERE key IN (SELECT …)'
  const values = items.map(found => {
    const { item, equals } = found!
    const value = { from: equals + 1, to: item.to }
    const name = textIn(source, { from: item.from, to: equals })
    const isConstant =
      value.to - value.from === 1 && /^(?:string|number|param)$/.test(source.tokens[value.from]!.kind)
    return `${name} = ${isConstant ? textIn(source, value) : `(SELECT ${textIn(source, value)} ${rest.query})`}`
  })
  const before = textIn(source, { from: range.from, to: set.from })
  return `write ${before} ${values.join(', ')} WHERE EXISTS (SELECT 1 ${rest.query})${rest.returning}`
}

/** `DELETE FROM t WHERE EXISTS (SELECT …)` for `DELETE FROM t USING j WHERE …`. */
export function deleteWithout({ source, range, at }: StatementReader): string {
  const rest = restOf(source, { from: at + 1, to: range.to })
  return `write ${textIn(source, { from: range.from, to: at })} WHERE EXISTS (SELECT 1 FROM ${rest.query})${rest.returning}`
}

/** What to write for MySQL's `DELETE i FROM t i …`, which names the table or its alias before FROM. */
export function deleteFrom({ source, range, at }: StatementReader): string {
  const from = indexOf(source, { from: at, to: range.to }, 'FROM', 'WHERE')
  const isNamed = isWord(source.tokens[from], 'FROM')
  const rest = { from: isNamed ? from + 1 : at, to: range.to }
  const text = textIn(source, rest)
  const end = indexOf(source, rest, 'WHERE')
  const tables = splitList(source, { from: rest.from, to: end })
  if (tables.length < 2 && indexOf(source, rest, 'JOIN', 'USING') >= end) return `write DELETE FROM ${text}`
  const name = isNamed ? `${textIn(source, { from: at, to: from })}.` : ''
  return `pick the rows in a subquery: DELETE FROM … WHERE key IN (SELECT ${name}key FROM ${text})`
}

/** The FROM and WHERE of a change, and its RETURNING. */
function restOf(source: Source, { from, to }: Range): { readonly query: string; readonly returning: string } {
  const end = indexOf(source, { from, to }, 'RETURNING')
  const returning = textIn(source, { from: end, to })
  return { query: textIn(source, { from, to: end }), returning: returning === '' ? '' : ` ${returning}` }
}

/** What to write for `INSERT OR REPLACE INTO t` and the like. */
export function insteadOfOr({ source, range, at }: StatementReader): string {
  const into = indexOf(source, { from: at, to: range.to }, 'INTO')
  const insert = `write INSERT ${textIn(source, { from: into, to: range.to })}`
  return isWord(source.tokens[at + 1], 'REPLACE', 'UPDATE')
    ? `${insert}; UPDATE … SET … WHERE … changes a row that exists`
    : insert
}

/** The index of DEFAULT as a value. */
export function defaultIn(source: Source, { from, to }: Range): number {
  return source.tokens.findIndex(
    (t, i) =>
      i >= from
      && i < to
      && isWord(t, 'DEFAULT')
      && isOp(source.tokens[i - 1], '(', ',', '=')
      && (i + 1 >= to || isOp(source.tokens[i + 1], ')', ',')),
  )
}
