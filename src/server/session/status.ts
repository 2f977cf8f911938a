import { runUnit, bufferOf, failureIn, type RunContext } from '../run/analysis.ts'
import type { TextStyle } from '../run/plain.ts'
import { Fields, framesIn } from '../wire/frames.ts'
import { request } from '../wire/messages.ts'

/** Parameters that clients are told at their start (protocol-flow, "Asynchronous Operations"). */
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'DateStyle',
  'TimeZone',
  'IntervalStyle',
  'integer_datetimes',
  'standard_conforming_strings',
  'application_name',
  'default_transaction_read_only',
  'in_hot_standby',
  'is_superuser',
  'search_path',
]
const OWN = ['statement_timeout', 'extra_float_digits']

/** What Postgres says of a client's settings. */
export interface Status {
  /** By name: the parameters that are reported to clients. */
  readonly reported: ReadonlyMap<string, string>
  readonly style: TextStyle
  /** Milliseconds; 0: none. */
  readonly timeout: number
}

/** Runs `steps`, and reads the settings after them. @throws PostgresError for a failed step */
export async function statusAfter(
  steps: readonly Uint8Array[],
  context: RunContext,
): Promise<{ outputs: readonly Buffer[]; status: Status }> {
  const names = [...REPORTED, ...OWN]
  const query = `SELECT ${names.map(n => `current_setting('${n}')`).join(', ')}`
  const { outputs } = await runUnit([...steps, request.query(query)], context)
  const read = outputs.map(bufferOf)
  for (const output of read) {
    const failure = failureIn(output)
    if (failure) throw failure
  }
  return { outputs: read.slice(0, steps.length), status: statusOf(names, read.at(-1)!) }
}

function statusOf(names: readonly string[], output: Buffer): Status {
  const values = new Map<string, string>()
  for (const { type, body } of framesIn(output)) {
    if (type !== 'D') continue
    const fields = new Fields(body)
    fields.count()
    for (const name of names) values.set(name, fields.bytes(fields.int32()).toString('utf8'))
  }
  const reported = new Map(REPORTED.map(name => [name, values.get(name) ?? ''] as const))
  return {
    reported: reported.set('session_authorization', 'confluentql').set('is_superuser', 'off'),
    style: {
      hasPlainTimes:
        /^(?:etc\/)?(?:utc|gmt|z|zulu|universal|uct|\+?0|<\+00>-?00)$/i.test(values.get('TimeZone') ?? '')
        && /^iso\b/i.test(values.get('DateStyle') ?? ''),
      hasPlainFloats: Number(values.get('extra_float_digits')) > 0,
    },
    timeout: milliseconds(values.get('statement_timeout') ?? '0'),
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

function milliseconds(text: string): number {
  const [, number = '0', unit = ''] = /^(\d+)(\w*)$/.exec(text) ?? []
  return Number(number) * (UNITS[unit] ?? 1)
}
