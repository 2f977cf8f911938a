import type { Value } from '../../catalog/types.ts'
import { runUnit, bufferOf, failureIn, executionOf, type RunContext } from '../run/analysis.ts'
import type { Statement } from '../run/statement.ts'
import { Fields, framesIn } from '../wire/frames.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'
import { INTEGERS } from '../wire/values.ts'

/** Types of constants that can be compared alike in Postgres and in the session. */
export type Kind = 'string' | 'integer' | 'boolean'

const BOOL = 16
const FLOATS: ReadonlySet<number> = new Set([700, 701])
/** Their binary form is their text: name, text, json, unknown, char, varchar. */
const TEXTS: ReadonlySet<number> = new Set([0, 19, 25, 114, 705, 1042, 1043])
/** date, timestamp, timestamptz. */
const TIMES: ReadonlySet<number> = new Set([1082, 1114, 1184])

/** The kind of a parameter's type, by its OID; undefined for other types. */
export function kindOfType(type: number): Kind | undefined {
  if (INTEGERS.has(type)) return 'integer'
  if (type === BOOL) return 'boolean'
  return TEXTS.has(type) ? 'string' : undefined
}

/** The values of the parameters for the session. Postgres converts those in binary form. @throws PostgresError for one that is not of its type */
export async function readParameters(
  { types }: Pick<Statement, 'types'>,
  { values, formats }: Binding,
  context: RunContext,
): Promise<Value[]> {
  const each = formatsOf(formats, values.length)
  const typeAt = (i: number): number => types[i] ?? 0
  const converted = values.flatMap((v, i) =>
    v !== null && each[i] === 1 && !TEXTS.has(typeAt(i)) ? [i] : [],
  )
  const texts = await textsOf(
    converted.map(i => ({ value: values[i]!, type: typeAt(i) })),
    context,
  )
  return values.map((value, i) => {
    if (value === null) return null
    const text = converted.includes(i) ? texts[converted.indexOf(i)]! : value.toString('utf8')
    return valueOf(text, typeAt(i))
  })
}

function valueOf(text: string, type: number): Value {
  if (INTEGERS.has(type) && /^[+-]?\d+$/.test(text)) return integer(BigInt(text))
  if (FLOATS.has(type) && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text)
  if (type === BOOL) return /^\s*(?:t|1|y|on)/i.test(text) ? 1 : 0
  return text
}

const integer = (n: bigint): Value => (Number.isSafeInteger(Number(n)) ? Number(n) : n)

/** Values in binary form as texts; times in the form of APIs. */
async function textsOf(
  given: readonly { readonly value: Buffer; readonly type: number }[],
  context: RunContext,
): Promise<string[]> {
  if (given.length === 0) return []
  const shown = given.map(({ type }, i) =>
    TIMES.has(type) ? `to_jsonb($${i + 1}) #>> '{}'` : `$${i + 1}::text`,
  )
  const statement = { text: `SELECT ${shown.join(', ')}`, tokens: [], types: given.map(g => g.type) }
  const binding = { formats: [1], values: given.map(g => g.value), resultFormats: [] }
  // settings of the client, such as the time zone, do not apply to what is sent to an API
  const { outputs } = await runUnit([executionOf(statement, binding)], { ...context, settings: '' })
  const output = bufferOf(outputs[0]!)
  const failure = failureIn(output)
  if (failure) throw failure
  for (const { type, body } of framesIn(output)) {
    if (type !== 'D') continue
    const fields = new Fields(body)
    return Array.from({ length: fields.count() }, () => fields.bytes(fields.int32()).toString('utf8'))
  }
  return []
}
