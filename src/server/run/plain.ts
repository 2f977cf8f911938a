import { readConditions } from '../scans/conditions.ts'
import type { Need } from '../scans/needs.ts'
import type { PlanScans } from '../scans/plan-tree.ts'
import { columnOf, comparedType, isOptionalInput, placeText, sessionLiteral } from '../scans/pushable.ts'
import { isWord, type Token } from '../sql/lexer.ts'
import type { PgType } from '../sql/types.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'
import { INTEGERS, wholeNumber } from '../wire/values.ts'
import { RowWriter, type Field, type Format } from '../wire/rows.ts'
import type { RowChunk } from './answer.ts'
import { sessionRows, type SessionContext } from './database.ts'
import { sessionQuery } from './load.ts'

/** Settings of the client that change how values are written. */
export interface TextStyle {
  /** Times in UTC and in ISO form. */
  readonly hasPlainTimes: boolean
  /** All digits of floating-point numbers. */
  readonly hasPlainFloats: boolean
}

/** A scan whose rows can be streamed. */
export interface PlainScan {
  readonly sql: string
  readonly types: readonly PgType[]
}

/**
 * The equivalent statement of the session, if Postgres is not needed: plain columns of one table, conditions that the session
 * evaluates in the same way, a constant LIMIT.
 */
export function plainScan(
  plan: PlanScans,
  [need]: readonly Need[],
  {
    fields,
    types,
    tokens,
    binding,
    isForChange,
  }: {
    fields: readonly Field[]
    /** OIDs of the parameters' types. */
    types: readonly number[]
    tokens: readonly Token[]
    binding: Binding
    isForChange: boolean | undefined
  },
): PlainScan | undefined {
  const [scan, second] = plan.scans
  if (!scan?.isPlain || second || !need || fields.length === 0) return undefined
  const isLimited = plan.root['Node Type'] === 'Limit'
  const top = isLimited ? plan.root.Plans?.[0] : plan.root
  if (top !== scan.node || (top.Plans ?? []).length > 0) return undefined
  const limit = isLimited ? limitOf(tokens, types, binding) : undefined
  if (isLimited && limit === undefined) return undefined
  const { relation, alias } = scan
  const columns = fields.map((field, i) => {
    const column = field.table === 0 ? undefined : relation.columns[field.column - 1]
    return column && isNameOf(plan.root.Output?.[i], alias, column.name) ? column : undefined
  })
  if (columns.includes(undefined)) return undefined
  const conditions: string[] = []
  for (const filter of scan.filters) {
    if (filter.kind === 'equals') {
      if (filter.values.some(v => sessionLiteral(relation, filter.column, v) === undefined)) return undefined
      if (comparedType(relation, filter.column) === undefined) return undefined
    } else if (filter.kind === 'not null' || filter.kind === 'null') {
      if (filter.column.path.length > 0 || !columnOf(relation, filter.column.column)) return undefined
      if (isOptionalInput(relation, filter.column.column) && filter.kind === 'null') return undefined
      conditions.push(`${placeText(filter.column)} IS ${filter.kind === 'null' ? '' : 'NOT '}NULL`)
    } else return undefined
  }
  const names = columns.map(c => c!.name)
  // ranges are wider than the conditions that they come from, which are none of the above
  const base = sessionQuery({ ...need, ranges: conditions, keys: [] }, names, { isForChange })
  return { sql: limit === undefined ? base : `${base} LIMIT ${limit}`, types: columns.map(c => c!.type) }
}

/** A column in an output, which has the alias only if there are several tables. */
function isNameOf(output: string | undefined, alias: string, column: string): boolean {
  if (output === undefined) return false
  const [found] = readConditions(output.includes('.') ? output : `${JSON.stringify(alias)}.${output}`)
  return found?.kind === 'equals' && found.column.column === column && found.column.path.length === 0
}

/** The number after LIMIT at the end of a statement. */
function limitOf(
  tokens: readonly Token[],
  types: readonly number[],
  { values, formats }: Binding,
): number | undefined {
  const [word, number] = tokens.slice(-2)
  if (!isWord(word, 'limit') || tokens.some(t => isWord(t, 'offset', 'fetch'))) return undefined
  if (number?.kind === 'number' && /^\d+$/.test(number.text)) return Number(number.text)
  if (number?.kind !== 'param') return undefined
  const at = Number(number.text.slice(1)) - 1
  const value = values[at]
  // others are converted by Postgres
  if (!value || !INTEGERS.has(types[at] ?? 0)) return undefined
  const isBinary = formatsOf(formats, values.length)[at] === 1
  const text = isBinary ? String(wholeNumber(value)) : value.toString('utf8')
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** Whether values in these formats are the same whatever the client has set. */
export function isWrittenAlike(
  types: readonly PgType[],
  formats: readonly Format[],
  style: TextStyle,
): boolean {
  return types.every((type, i) => {
    if (formats[i] === 1) return true
    if (type.name === 'timestamptz') return style.hasPlainTimes
    return type.name !== 'float8' || style.hasPlainFloats
  })
}

/** The rows of a plain scan, streamed. The bytes of a chunk are overwritten by the next one. */
export async function* plainRows(
  { sql, types }: PlainScan,
  formats: readonly Format[],
  context: SessionContext,
): AsyncGenerator<RowChunk, void, void> {
  const writer = new RowWriter(types, formats)
  for await (const batch of sessionRows(sql, context, 'fields')) {
    writer.addBatch(batch)
    yield { bytes: writer.take(), count: batch.length }
  }
}
