import { ConfluentqlError } from '../errors.ts'
import type { Call, RequestShape } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { MASK, maskUrl } from '../secrets.ts'
import {
  countChanged,
  readAnswers,
  returnedRows,
  secretsOf,
  tellSecrets,
  withUnread,
  type Accepted,
} from './answers.ts'
import { prepareCall, type Prepared } from './body.ts'
import { confirmChange } from './confirm.ts'
import { queryRows } from './query.ts'
import { tellResent } from './resent.ts'
import { rowsOf, type Result, type Row } from './result.ts'
import { hostOf, type ScanContext } from './scan.ts'
import { hiddenError, withoutSecrets } from './secrets.ts'
import { withLook } from './unknown.ts'
import { waitFor } from './wait.ts'

/**
 * Rows whose values make the calls, all checked before anything is sent. What is read for them is read with its secrets,
 * which may be what is to be sent, and from no cache.
 */
async function prepareCalls(plan: CallsPlan, context: ScanContext): Promise<Prepared[]> {
  const rows: Row[] = []
  for await (const batch of queryRows(plan.each, { ...context, showSecrets: true, fresh: true }))
    for (const row of batch) rows.push(row)
  return checkRows(plan, rows)
}

/** The calls of rows of values. @throws ConfluentqlError for a row that cannot be sent */
export function checkRows(plan: CallsPlan, rows: readonly Row[]): Prepared[] {
  const prepared = rows.map((row, i) => prepareCall(plan, row, rows.length > 1 ? i + 1 : 0))
  for (const p of prepared) refuseMask(p)
  return eachOnce(plan, prepared)
}

/** The calls of a change, each once: '01' and 1 name the same row to a key of integers. */
function eachOnce({ verb }: CallsPlan, prepared: readonly Prepared[]): Prepared[] {
  if (verb === 'INSERT' || verb === 'EXEC') return [...prepared]
  const textOf = (p: Prepared): string =>
    JSON.stringify(p, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))
  return [...new Map(prepared.map(p => [textOf(p), p])).values()]
}

/**
 * Finds what can be wrong with calls before any is sent: their paths and base URLs, and, unless none is to be sent, credentials.
 * @throws ConfluentqlError
 */
export function checkCalls(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  context: Pick<ScanContext, 'catalog' | 'client'>,
  dryRun = false,
): void {
  const calls = prepared.map(p => callOf(plan, p, context))
  for (const call of calls) context.client.shape(call)
  if (!dryRun) context.client.check(calls)
}

function callOf(plan: CallsPlan, { args, body }: Prepared, context: Pick<ScanContext, 'catalog'>): Call {
  return {
    host: hostOf(context.catalog, plan),
    method: plan.method,
    args,
    ...(body !== undefined && { body }),
  }
}

/** The requests that a change would send, without sending any; secrets in them are masked, those that were read as well. */
export async function previewCalls(plan: CallsPlan, context: ScanContext): Promise<RequestShape[]> {
  const rows: Row[] = []
  for await (const batch of queryRows(plan.each, context)) for (const row of batch) rows.push(row)
  const prepared = rows.map((row, i) => prepareCall(plan, row, rows.length > 1 ? i + 1 : 0))
  return eachOnce(plan, prepared).map(p => {
    if (context.showSecrets) return context.client.shape(callOf(plan, p, context))
    const shape = context.client.shape(callOf(plan, maskedCall(plan, p), context))
    return { ...shape, url: maskUrl(shape.url) }
  })
}

function maskedCall(plan: CallsPlan, { args, body }: Prepared): Prepared {
  return { args, ...(body !== undefined && { body: withoutSecrets(body, plan.method, plan.resource).shown }) }
}

/**
 * Sends one request for each row, one after the other, and stops at the first that fails; then waits for what was
 * accepted, all at once, if the statement is to. The rows that RETURNING made come first, then `finish` throws.
 */
export async function runCalls(plan: CallsPlan, context: ScanContext): Promise<Result> {
  const prepared = await prepareCalls(plan, context)
  checkCalls(plan, prepared, context)
  await confirmChange(plan, prepared, context.confirm)
  const { returning } = plan
  const shown = context.showSecrets ? 'all' : (returning?.shown ?? [])
  const { accepted, failure } = await sendAll(plan, prepared, context)
  if (plan.wait)
    await Promise.all(
      accepted.map(async (a, i) => {
        a.waited = await waitFor(plan, a.prepared, a.page, i, context, shown)
      }),
    )
  const answers = readAnswers(plan, accepted, context, shown)
  tellSecrets(plan, accepted, context, shown)
  tellResent(
    plan,
    accepted.map(a => a.page),
    context.onNotice,
  )
  const error = withUnread(failure ?? waitFailure(plan, accepted), answers, accepted.length)
  const finish = (): void => {
    if (error !== undefined) throw error
  }
  return {
    columns: returning?.columns ?? [],
    rows: rowsOf(() => returnedRows(plan, answers.texts, context)),
    affected: { verb: plan.verb, count: countChanged(plan, accepted, context) },
    finish,
  }
}

/** A mask that was kept in a table of the session must not become what it stands for. */
function refuseMask({ args, body }: Prepared): void {
  const [path] = [
    ...Object.entries(args).flatMap(([name, values]) => (values.includes(MASK) ? [name] : [])),
    ...maskedPaths(body, ''),
  ]
  if (path === undefined) return
  throw new ConfluentqlError('VALUE', `${path} would be sent as ${MASK}, which stands for a secret`, {
    hint: 'read it again with --show-secrets, or from the resource itself',
  })
}

function maskedPaths(value: unknown, path: string): string[] {
  if (value === MASK) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, v]) => maskedPaths(v, path === '' ? name : `${path}.${name}`))
}

async function sendAll(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  context: ScanContext,
): Promise<{ accepted: Accepted[]; failure: unknown }> {
  const accepted: Accepted[] = []
  for (const p of prepared) {
    try {
      context.signal.throwIfAborted()
      accepted.push({
        prepared: p,
        page: await context.client.send(callOf(plan, p, context), context.signal),
      })
    } catch (error) {
      return {
        accepted,
        failure: report(
          plan,
          prepared,
          accepted.length,
          hiddenError(withLook(plan, p, error), secretsOf(plan, p)),
        ),
      }
    }
  }
  return { accepted, failure: undefined }
}

/** The failures of waiting as one; the first tells most. */
function waitFailure({ verb, resource }: CallsPlan, accepted: readonly Accepted[]): unknown {
  const errors = accepted.flatMap(a => (a.waited?.error === undefined ? [] : [a.waited.error]))
  const [first] = errors
  if (errors.length < 2 || !(first instanceof ConfluentqlError)) return first
  const rest = errors
    .slice(1)
    .map(e => (e instanceof Error ? e.message : String(e)))
    .join('; ')
  return new ConfluentqlError(
    first.code,
    `${verb} on ${fullName(resource)}: ${errors.length} of ${accepted.length} did not end well: ${first.message}; ${rest}`,
    { cause: first, ...(first.hint !== undefined && { hint: first.hint }) },
  )
}

/** What happened to each row when one of several failed. */
function report(plan: CallsPlan, prepared: readonly Prepared[], done: number, error: unknown): unknown {
  if (prepared.length < 2 || !(error instanceof ConfluentqlError)) return error
  const name = (p: Prepared): string => nameOfCall(maskedCall(plan, p))
  const rest = prepared.length - done - 1
  const succeeded =
    done === 0
      ? 'none before it'
      : `${done === 1 ? 'row 1' : `rows 1 to ${done}`} succeeded (${prepared.slice(0, done).map(name).join(', ').slice(0, 300)})`
  const remaining =
    rest === 0
      ? 'it was the last'
      : `${rest === 1 ? 'the row' : `the ${rest} rows`} after it ${rest === 1 ? 'was' : 'were'} not sent`
  const message = `${plan.verb} on ${fullName(plan.resource)} failed at row ${done + 1} of ${prepared.length} (${name(prepared[done]!)}): ${error.message}`
  return new ConfluentqlError(error.code, message, {
    cause: error,
    uncertain: error.uncertain,
    hint: `${succeeded}; ${remaining}${error.hint ? `. ${error.hint}` : ''}`,
    ...(error.status !== undefined && { status: error.status }),
  })
}

/** A short name for a call: its first values. */
function nameOfCall({ args, body }: Prepared): string {
  const fields = Object.entries(args).map(([k, v]) => `${k} ${String(v[0])}`)
  const plain = Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([, v]) => typeof v === 'string')
    .map(([k, v]) => `${k} ${String(v)}`)
  return [...new Set([...fields, ...plain])].slice(0, 2).join(', ').slice(0, 100) || 'no values'
}
