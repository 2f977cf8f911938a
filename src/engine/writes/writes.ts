import { PROFILE } from '../../catalog/profiles.ts'
import { ConfluentqlError } from '../../errors.ts'
import { encodeJson } from '../../http/requests/body.ts'
import type { Call, RequestPreview } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { MASK, maskUrl } from '../../secrets.ts'
import { throwIfAborted } from '../../http/signal.ts'
import {
  countChanged,
  readAnswers,
  returnedRows,
  secretsOf,
  reportHiddenSecrets,
  withUnread,
  type Accepted,
} from './answers.ts'
import { prepareCall, type Prepared } from './body.ts'
import { approveCalls } from './approve.ts'
import { confirmChange } from './confirm.ts'
import { exactRows } from '../query/query.ts'
import { isMissing, noneThere, reportMissing, type MissingRow } from './missing-rows.ts'
import { reportResent } from './resent.ts'
import { completeRows, PREVIEW_COLUMNS, PROFILE_COLUMN, rowsOf, type Result, type Row } from '../result.ts'
import { combinedFailure, maskedCall, unsendable, type RowFailure } from './row-failures.ts'
import { isNotFound } from '../scans/loading.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'
import { hiddenError } from '../secrets.ts'
import { withLookupHint } from './unknown.ts'
import { waitFor } from './wait.ts'

/** The rows for the calls. They are read with their secrets, which may have to be sent, and without the cache. */
function readRows(plan: CallsPlan, context: ScanContext): Promise<Row[]> {
  return exactRows(plan.each, { ...context, showSecrets: true, fresh: true })
}

/** Makes the call for a row of values, whose number is 0 if it is the only one. @throws ConfluentqlError for a row that cannot be sent */
type Prepare = (plan: CallsPlan, row: Row, number: number) => Prepared

/** Makes the call for a row that was read with its secrets. */
const checkRow: Prepare = (plan, row, number) => {
  const prepared = prepareCall(plan, row, number)
  refuseMask(prepared)
  return prepared
}

const rowNumber = (index: number, count: number): number => (count > 1 ? index + 1 : 0)

/** The calls for rows of values. @throws ConfluentqlError for a row that cannot be sent */
export function checkRows(plan: CallsPlan, rows: readonly Row[]): readonly Prepared[] {
  return withoutRepeats(
    plan,
    rows.map((row, i) => checkRow(plan, row, rowNumber(i, rows.length))),
    p => p,
  )
}

/** The items of a change without repeated calls: for an integer key, '01' and 1 name the same row. */
function withoutRepeats<T>(
  { verb }: CallsPlan,
  items: readonly T[],
  preparedOf: (item: T) => Prepared,
): readonly T[] {
  if (verb === 'INSERT' || verb === 'EXEC') return items
  const byCall = new Map<string, T>()
  for (const item of items) {
    const text = encodeJson(preparedOf(item))
    if (!byCall.has(text)) byCall.set(text, item)
  }
  return [...byCall.values()]
}

/**
 * Checks the paths, base URLs and, unless it is a dry run, credentials of calls before any is sent.
 * @throws ConfluentqlError
 */
export function checkCalls(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  context: Pick<ScanContext, 'catalog' | 'client'>,
  dryRun = false,
): void {
  const calls = prepared.map(p => callOf(plan, p, context))
  for (const call of calls) context.client.preview(call)
  if (!dryRun) context.client.check(calls)
}

function callOf(plan: CallsPlan, { args, body }: Prepared, context: Pick<ScanContext, 'catalog'>): Call {
  return {
    host: hostOf(context.catalog, plan),
    method: plan.method,
    resource: plan.resource,
    args,
    ...(body !== undefined && { body }),
  }
}

/**
 * The requests that a change would send, with secrets masked, including those read from the API. If the plan keeps going,
 * `finish` throws the errors of the rows that cannot be sent.
 */
export async function previewCalls(plan: CallsPlan, context: ScanContext): Promise<Result> {
  const { requests, profiles, count, failures } = await previewsOf(plan, context)
  const rows = requests.map(r => [r.method, r.url, r.body ?? null])
  return {
    columns: profiles ? [PROFILE_COLUMN, ...PREVIEW_COLUMNS] : PREVIEW_COLUMNS,
    rows: completeRows(profiles ? rows.map((row, i) => [profiles[i]!, ...row]) : rows),
    finish: () => {
      const error = unsendable(plan, count, failures)
      if (error !== undefined) throw error
    },
  }
}

async function previewsOf(
  plan: CallsPlan,
  context: ScanContext,
): Promise<{
  readonly requests: readonly RequestPreview[]
  /** Those that the requests are sent with, if the session has several. */
  readonly profiles: readonly string[] | undefined
  readonly count: number
  readonly failures: readonly RowFailure[]
}> {
  const rows = await exactRows(plan.each, context)
  const { ready, failures } = prepareAll(plan, rows, context, prepareCall)
  const requests = ready.map(({ prepared }) => {
    if (context.showSecrets) return context.client.preview(callOf(plan, prepared, context))
    const shape = context.client.preview(callOf(plan, maskedCall(plan, prepared), context))
    return { ...shape, url: maskUrl(shape.url) }
  })
  const hasProfiles = plan.method.params.some(p => p.in === 'profile')
  const profiles = hasProfiles ? ready.map(r => String(r.prepared.args[PROFILE]?.[0])) : undefined
  return { requests, profiles, count: rows.length, failures }
}

/**
 * Sends one request for each row, one after the other, and stops at the first failure unless the plan keeps going; then,
 * if the statement asks for it, waits for all accepted changes together. The rows of RETURNING come first, then `finish`
 * throws the error.
 */
export async function runCalls(plan: CallsPlan, context: ScanContext): Promise<Result> {
  const rows = await readRows(plan, context)
  const count = rows.length
  const { ready, failures, repeated } = prepareAll(plan, rows, context, checkRow)
  const prepared = ready.map(r => r.prepared)
  context.client.check(prepared.map(p => callOf(plan, p, context)))
  await approveCalls(plan, prepared, context, {
    callOf: p => callOf(plan, p, context),
    preview: async () => (await previewsOf(plan, { ...context, fresh: true })).requests,
  })
  await confirmChange(plan, prepared, context.confirm)
  const { returning } = plan
  const shown = context.showSecrets ? 'all' : (returning?.shown ?? [])
  const sent = await sendAll(plan, ready, context)
  const { accepted } = sent
  if (plan.wait)
    await Promise.all(
      accepted.map(async (a, i) => {
        a.waited = await waitFor(plan, a.prepared, a.page, i, context, shown)
      }),
    )
  const answers = readAnswers(plan, accepted, context, shown)
  reportHiddenSecrets(plan, accepted, context, shown)
  reportResent(
    plan,
    accepted.map(a => a.page),
    context.onNotice,
  )
  const waits = plan.keepGoing ? waitFailures(accepted) : []
  const failed = [...failures, ...sent.failures, ...waits].toSorted((a, b) => a.index - b.index)
  const notFound = [...sent.missing, ...failed.filter(f => isNotFound(f.error))].flatMap(
    f => f.prepared ?? [],
  )
  const isNothingFound = accepted.length === 0 && notFound.length === sent.missing.length + failed.length
  const named =
    isNothingFound && notFound.length > 0
      ? await (await import('./named-parents.ts')).namedParent(plan, notFound, context)
      : undefined
  const absent = accepted.length + failed.length === 0 ? noneThere(plan, sent.missing) : undefined
  if (!absent && !named) reportMissing(plan, sent.missing, count - repeated, context.onNotice)
  const error = withUnread(
    named
      ?? absent
      ?? combinedFailure(plan, { count, repeated, failures: failed, accepted, missing: sent.missing.length })
      ?? combinedWaitFailure(plan, accepted),
    answers,
    accepted.length,
  )
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

interface Ready {
  readonly index: number
  readonly prepared: Prepared
}

/**
 * Prepares the calls of all rows before any is sent, and counts the rows that repeat an earlier call. If the plan keeps
 * going, rows whose call cannot be made are failures.
 */
function prepareAll(
  plan: CallsPlan,
  rows: readonly Row[],
  context: ScanContext,
  prepare: Prepare,
): { readonly ready: readonly Ready[]; readonly failures: readonly RowFailure[]; readonly repeated: number } {
  const ready: Ready[] = []
  const failures: RowFailure[] = []
  for (const [index, row] of rows.entries()) {
    try {
      const prepared = prepare(plan, row, rowNumber(index, rows.length))
      context.client.preview(callOf(plan, prepared, context))
      ready.push({ index, prepared })
    } catch (error) {
      if (!plan.keepGoing) throw error
      failures.push({ index, error })
    }
  }
  const once = withoutRepeats(plan, ready, r => r.prepared)
  return { ready: once, failures, repeated: ready.length - once.length }
}

/** Refuses to send a mask, which a table of the session may hold in place of a secret. */
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
  ready: readonly Ready[],
  context: ScanContext,
): Promise<{ accepted: Accepted[]; failures: RowFailure[]; missing: MissingRow[] }> {
  const accepted: Accepted[] = []
  const failures: RowFailure[] = []
  const missing: MissingRow[] = []
  for (const { index, prepared } of ready) {
    try {
      throwIfAborted(context.signal)
      const page = await context.client.send(callOf(plan, prepared, context), context.signal)
      accepted.push({ index, prepared, page })
    } catch (error) {
      if (plan.skipsMissing && isMissing(error)) {
        missing.push({ prepared, error })
        continue
      }
      failures.push({
        index,
        prepared,
        error: hiddenError(withLookupHint(plan, prepared, error), secretsOf(plan, prepared)),
      })
      if (!plan.keepGoing || context.signal.aborted) break
    }
  }
  return { accepted, failures, missing }
}

/** The rows whose wait failed. */
function waitFailures(accepted: readonly Accepted[]): RowFailure[] {
  return accepted.flatMap(({ index, prepared, waited }) =>
    waited?.error === undefined ? [] : [{ index, prepared, error: waited.error }],
  )
}

/** The failures of waiting as one error, based on the first. */
function combinedWaitFailure({ verb, resource }: CallsPlan, accepted: readonly Accepted[]): unknown {
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
