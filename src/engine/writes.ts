import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Call, RequestShape } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { prepareCall, type Prepared } from './body.ts'
import { echoesOf } from './calls.ts'
import { columnOf, Loader } from './load.ts'
import type { Result, Row } from './result.ts'
import { evaluate, queryRows } from './query.ts'
import { hostOf, type ScanContext } from './scan.ts'

/** Rows whose values make the calls, all checked before anything is sent. */
export async function prepareCalls(plan: CallsPlan, context: ScanContext): Promise<Prepared[]> {
  const rows: Row[] = []
  for await (const row of queryRows(plan.each, context)) rows.push(row)
  return rows.map((row, i) => prepareCall(plan, row, rows.length > 1 ? i + 1 : 0))
}

export function callOf(plan: CallsPlan, { args, body }: Prepared, context: Pick<ScanContext, 'catalog'>): Call {
  return { host: hostOf(context.catalog, plan), method: plan.method, args, ...(body !== undefined && { body }) }
}

/** The requests that a change would send, without sending any. */
export async function previewCalls(plan: CallsPlan, context: ScanContext): Promise<RequestShape[]> {
  return (await prepareCalls(plan, context)).map(p => context.client.shape(callOf(plan, p, context)))
}

/**
 * Sends one request for each row, one after the other, and stops at the first
 * that fails. The rows that RETURNING made of earlier answers come first, then
 * `finish` throws.
 */
export async function runCalls(plan: CallsPlan, context: ScanContext): Promise<Result> {
  const prepared = await prepareCalls(plan, context)
  for (const p of prepared) context.client.shape(callOf(plan, p, context))
  context.client.check(prepared.map(p => callOf(plan, p, context)))
  const { returning } = plan
  if (returning) context.store.create({ name: returning.into, columns: returning.load.map(n => ({ name: n, shape: columnOf(plan.method, plan.resource, n) })) })
  const loader = returning && new Loader(context.store, plan.resource, plan.method, returning.into, returning.load)
  const answers: string[] = []
  let failure: unknown
  let count = 0
  for (const p of prepared) {
    try {
      context.signal.throwIfAborted()
      const page = await context.client.send(callOf(plan, p, context), context.signal)
      count++
      if (returning?.sql === '') answers.push(page.text)
      else loader?.load(page, { ...echoesOf(plan.method, p.args), ...bodyEchoes(plan, p) })
    } catch (error) {
      failure = report(plan, prepared, count, error)
      break
    }
  }
  const finish = (): void => {
    if (failure !== undefined) throw failure
  }
  return { columns: returning?.columns ?? [], rows: returnedRows(plan, answers, context), affected: { verb: plan.verb, count }, finish }
}

/** A parent key given in the body belongs to the rows as well. */
function bodyEchoes(plan: CallsPlan, { body }: Prepared): Record<string, Value> {
  const given = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries(plan.resource.columns.flatMap(c => (c.echo && typeof given[c.name] === 'string' ? [[c.name, given[c.name] as string]] : [])))
}

async function* returnedRows(plan: CallsPlan, answers: readonly string[], { store }: ScanContext): AsyncGenerator<Row, void, void> {
  const { returning } = plan
  if (!returning) return
  try {
    if (returning.sql === '') for (const text of answers) yield [text === '' ? null : text]
    else yield* evaluate(store, returning.sql, Object.keys(store.params))
  } finally {
    store.drop(returning.into)
  }
}

/** What happened to each row when one of several failed. */
function report(plan: CallsPlan, prepared: readonly Prepared[], done: number, error: unknown): unknown {
  if (prepared.length < 2 || !(error instanceof ConfluentqlError)) return error
  const rest = prepared.length - done - 1
  const succeeded = done === 0 ? 'none before it' : `${done === 1 ? 'row 1' : `rows 1 to ${done}`} succeeded (${prepared.slice(0, done).map(nameOfCall).join(', ').slice(0, 300)})`
  const remaining = rest === 0 ? 'it was the last' : `${rest === 1 ? 'the row' : `the ${rest} rows`} after it ${rest === 1 ? 'was' : 'were'} not sent`
  const message = `${plan.verb} on ${fullName(plan.resource)} failed at row ${done + 1} of ${prepared.length} (${nameOfCall(prepared[done]!)}): ${error.message}`
  return new ConfluentqlError(error.code, message, { cause: error, hint: `${succeeded}; ${remaining}${error.hint ? `. ${error.hint}` : ''}`, ...(error.status !== undefined && { status: error.status }) })
}

/** A short name for a call: its first values. */
function nameOfCall({ args, body }: Prepared): string {
  const fields = Object.entries(args).map(([k, v]) => `${k} ${String(v[0])}`)
  const plain = Object.entries((body ?? {}) as Record<string, unknown>).filter(([k, v]) => typeof v === 'string' && !/secret|password|key/i.test(k)).map(([k, v]) => `${k} ${String(v)}`)
  return [...fields, ...plain].slice(0, 2).join(', ').slice(0, 100) || 'no values'
}

