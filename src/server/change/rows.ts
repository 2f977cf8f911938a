import { keyParts } from '../../catalog/keys.ts'
import { describe } from '../run/analysis.ts'
import { RowStream } from '../run/answer.ts'
import { execute, type ExecuteContext } from '../run/execute.ts'
import { bindingOf, numbered, type PartOfStatement } from '../run/part.ts'
import type { Statement } from '../run/statement.ts'
import { literal as textLiteral } from '../../plan/splice.ts'
import { columnOf, type Place } from '../scans/pushable.ts'
import { charactersIn, ident, literal } from '../sql/lexer.ts'
import { SqlError, PostgresError } from '../wire/errors.ts'
import { Fields, framesIn } from '../wire/frames.ts'
import type { Binding } from '../wire/messages.ts'
import type { Field } from '../wire/rows.ts'
import type { Relation } from '../catalog/relations.ts'
import type { ChangeParts, Part } from './parts.ts'

/** A SELECT made from a part of a change, with its own numbering of parameters. */
export interface Selection extends PartOfStatement {
  /** Characters by which a position in this SELECT is before the same position in the change. */
  readonly shift: number
}

/** The SELECT of the keys of the rows that a change selects. */
export function keySelection(
  statement: Statement,
  { target, where, alias, relation }: ChangeParts,
  keys: readonly Place[],
  conditions: readonly Part[],
): Selection {
  const { tokens } = statement
  const shown = keys.map(place => placeSql(place, alias))
  const name = `${ident(relation!.schema)}.${ident(relation!.name)}`
  const parts = conditions.map(part => textOf(statement, part))
  const head = `SELECT ${shown.join(', ')} FROM ${name} AS ${ident(alias)} WHERE `
  // as it is written, unless a part of it is left out
  const isWhole = conditions.length === 1 && conditions[0]!.from === where!.from
  const text = isWhole ? parts[0]! : parts.map(part => `(${part})`).join(' AND ')
  const start = charactersIn(statement.text.slice(0, tokens[(conditions[0] ?? target).from]!.start))
  const shift = start - charactersIn(head) - (isWhole ? 0 : 1)
  return { ...numbered(head + text, statement), shift }
}

/** The query of an INSERT. */
export function querySelection(statement: Statement, query: Part): Selection {
  const before = charactersIn(statement.text.slice(0, statement.tokens[query.from]!.start))
  return { ...numbered(textOf(statement, query), statement), shift: before }
}

/** The text of a part of a statement. */
export function textOf({ text, tokens }: Pick<Statement, 'text' | 'tokens'>, { from, to }: Part): string {
  return from < to ? text.slice(tokens[from]!.start, tokens[to - 1]!.end) : ''
}

function placeSql({ column, path }: Place, alias: string): string {
  const name = `${ident(alias)}.${ident(column)}`
  const last = path.length - 1
  return path.reduce((sql, key, i) => `(${sql} ${i === last ? '->>' : '->'} ${literal(key)})`, name)
}

/** The types that Postgres determines for the parameters in a selection, by their index in the change. @throws PostgresError */
export async function typesOf(
  { statement, parameters, shift }: Selection,
  context: ExecuteContext,
): Promise<ReadonlyMap<number, number>> {
  const { types } = await describe(statement, context).catch(moved(shift))
  return new Map(parameters.map((index, i) => [index, types[i]!] as const))
}

/** The rows of a selection, as literals of the session's SQL; null: NULL. */
export async function literalsOf(
  { statement, parameters, shift }: Selection,
  binding: Binding,
  context: ExecuteContext,
): Promise<{ readonly fields: readonly Field[]; readonly rows: readonly (readonly (string | null)[])[] }> {
  const own: Binding = { ...bindingOf(parameters, binding), resultFormats: [1] }
  const answer = await execute(statement, own, { ...context, isForChange: true }).catch(moved(shift))
  const { fields = [] } = answer
  const stream = new RowStream(answer)
  const rows: (string | null)[][] = []
  try {
    for (let chunk = await stream.next(); chunk; chunk = await stream.next())
      for (const { body } of framesIn(chunk.bytes)) {
        const values = new Fields(body)
        rows.push(
          Array.from({ length: values.count() }, (_, i) => {
            const length = values.int32()
            return length < 0 ? null : literalIn(values.bytes(length), fields[i]!)
          }),
        )
      }
  } finally {
    await stream.close()
  }
  return { fields, rows }
}

const moved =
  (shift: number) =>
  (error: unknown): never => {
    throw error instanceof PostgresError ? error.withPosition(shift) : error
  }

/** Microseconds from 1970 to 2000. */
const EPOCH = 946_684_800_000_000n

/** A value in binary form, as a literal of the session's SQL. */
function literalIn(bytes: Buffer, { name, type }: Field): string {
  switch (type) {
    case 25:
    case 1043:
    case 114:
      return textLiteral(bytes.toString('utf8'))
    case 3802:
      return textLiteral(bytes.toString('utf8', 1))
    case 16:
      return bytes[0] === 1 ? 'TRUE' : 'FALSE'
    case 20:
      return String(bytes.readBigInt64BE())
    case 23:
      return String(bytes.readInt32BE())
    case 701: {
      const number = bytes.readDoubleBE()
      if (Number.isFinite(number)) return String(number)
      break
    }
    case 1184: {
      const time = timeText(bytes.readBigInt64BE() + EPOCH)
      if (time !== undefined) return textLiteral(time)
    }
  }
  throw new SqlError('0A000', `a change cannot use the type of the column ${JSON.stringify(name)}`, {
    hint: 'cast it: ::text, ::int8, ::float8',
  })
}

/** Microseconds since 1970 in the form of APIs; undefined for infinity. */
function timeText(micros: bigint): string | undefined {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const date = new Date(Number((micros - fraction) / 1000n))
  if (Number.isNaN(date.getTime())) return undefined
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
  return `${date.toISOString().slice(0, 19)}${digits}Z`
}

/** The columns and fields that identify a row for a change: those that the parameters of its methods select by. */
export function keysOf(relation: Relation, verb: ChangeParts['verb']): readonly Place[] {
  const methods = relation.resource?.methods.filter(m => m.verb === verb) ?? []
  const paths = new Set(methods.flatMap(m => m.params.flatMap(p => p.column ?? [])))
  return [...paths].flatMap(text => {
    const [column = '', ...path] = keyParts(text)
    return columnOf(relation, column) ? [{ column, path }] : []
  })
}
