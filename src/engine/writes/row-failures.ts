import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import type { Accepted } from './answers.ts'
import type { Prepared } from './body.ts'
import { withoutSecrets } from '../secrets.ts'

/** A failed row of a change. */
export interface RowFailure {
  /** Its index among the rows of the change, from 0. */
  readonly index: number
  /** Its call; absent if none could be made. */
  readonly prepared?: Prepared
  readonly error: unknown
}

/** The outcome of the rows of a change. */
export interface Outcome {
  readonly count: number
  /** Number of rows left out because an earlier row has the same call. */
  readonly repeated: number
  /** In the order of the rows. */
  readonly failures: readonly RowFailure[]
  readonly accepted: readonly Accepted[]
  /** Number of rows that did not exist, and need not. */
  readonly missing: number
}

/** Most names of failed rows in the summary. */
const MOST_NAMES = 20

/** A call with its secrets masked. */
export function maskedCall(plan: CallsPlan, { args, body }: Prepared): Prepared {
  return { args, ...(body !== undefined && { body: withoutSecrets(body, plan.method, plan.resource).shown }) }
}

/** A short name for a call: its first values. */
export function nameOfCall(plan: CallsPlan, prepared: Prepared): string {
  const { args, body } = maskedCall(plan, prepared)
  const keys = Object.entries(args).map(([k, v]) => `${k} ${String(v[0])}`)
  // what an UPDATE sets is not what its row is known by
  const isNew = plan.verb === 'INSERT' || plan.verb === 'EXEC' || keys.length === 0
  const names = isNew ? [...new Set([...keys, ...textsIn(body, '')])].slice(0, 2) : keys
  return names.join(', ').slice(0, 100) || 'no values'
}

/** The texts in a body, with their paths. */
function textsIn(value: unknown, path: string): string[] {
  if (typeof value === 'string') return [`${path} ${value}`]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([k, v]) => textsIn(v, path === '' ? k : `${path}.${k}`))
}

/** The failures of a change as one error; undefined without any. */
export function combinedFailure(plan: CallsPlan, outcome: Outcome): unknown {
  const { count, failures } = outcome
  const [first] = failures
  if (!first || count < 2 || !(first.error instanceof ConfluentqlError)) return first?.error
  if (!plan.keepGoing) return stopped(plan, outcome, first, first.error)
  const errors = failures.map(f => rowError(plan, count, f))
  const lead = failures.map(f => f.error).find(isAborted) ?? first.error
  const others = othersText(outcome)
  const [error] = errors
  if (errors.length === 1 && error instanceof ConfluentqlError)
    return restated(error, error.message, `${others}${error.hint ? `. ${error.hint}` : ''}`)
  const known = errors.filter(e => e instanceof ConfluentqlError)
  const names = failures.slice(0, MOST_NAMES).map(f => rowName(plan, f))
  const more = failures.length > MOST_NAMES ? ` and ${failures.length - MOST_NAMES} more` : ''
  return new ConfluentqlError(
    lead.code,
    `${plan.verb} on ${fullName(plan.resource)}: ${failures.length} of ${count} rows failed: ${names.join(', ')}${more}`,
    {
      cause: lead,
      uncertain: known.some(e => e.uncertain),
      failures: known,
      hint: others,
      ...(lead.status !== undefined && { status: lead.status }),
    },
  )
}

/** The failures of a dry run as one error: rows for which no request can be made. */
export function unsendable(plan: CallsPlan, count: number, failures: readonly RowFailure[]): unknown {
  const [first] = failures
  if (!first || count < 2 || !(first.error instanceof ConfluentqlError)) return first?.error
  const names = failures.slice(0, MOST_NAMES).map(f => rowName(plan, f))
  const more = failures.length > MOST_NAMES ? ` and ${failures.length - MOST_NAMES} more` : ''
  const errors = failures.map(f => rowError(plan, count, f))
  return new ConfluentqlError(
    first.error.code,
    `${plan.verb} on ${fullName(plan.resource)}: ${failures.length} of ${count} rows cannot be sent: ${names.join(', ')}${more}`,
    { cause: first.error, failures: errors.filter(e => e instanceof ConfluentqlError) },
  )
}

function isAborted(error: unknown): error is ConfluentqlError {
  return error instanceof ConfluentqlError && error.code === 'ABORTED'
}

function othersText({ count, repeated, failures, accepted, missing }: Outcome): string {
  const failed = new Set(failures.map(f => f.index))
  const succeeded = accepted.filter(a => !failed.has(a.index)).length
  const untried = count - repeated - succeeded - missing - failed.size
  return [
    untried === 0 ? 'all rows were tried' : `${untried} ${untried === 1 ? 'row was' : 'rows were'} not tried`,
    succeeded === 0 ? 'none succeeded' : `${succeeded} succeeded`,
    ...notThere(missing),
  ].join(', ')
}

function notThere(missing: number): string[] {
  return missing === 0 ? [] : [`${missing} ${missing === 1 ? 'was' : 'were'} not there`]
}

function rowName(plan: CallsPlan, { index, prepared }: RowFailure): string {
  return `row ${index + 1}${prepared ? ` (${nameOfCall(plan, prepared)})` : ''}`
}

function rowError(plan: CallsPlan, count: number, failure: RowFailure): unknown {
  const { error } = failure
  if (!(error instanceof ConfluentqlError)) return error
  return restated(error, failedAt(plan, count, failure, error), error.hint)
}

function failedAt(plan: CallsPlan, count: number, failure: RowFailure, error: ConfluentqlError): string {
  const { index, prepared } = failure
  const name = prepared ? ` (${nameOfCall(plan, prepared)})` : ''
  return `${plan.verb} on ${fullName(plan.resource)} failed at row ${index + 1} of ${count}${name}: ${error.message}`
}

/** Most characters of the names of rows that succeeded. */
const MOST_SUCCEEDED = 300

/** The error when one of several rows failed, or the statement was cancelled before it, and the rows after it were not sent. */
function stopped(
  plan: CallsPlan,
  outcome: Outcome,
  failure: RowFailure,
  error: ConfluentqlError,
): ConfluentqlError {
  const { count } = outcome
  const succeeded = doneBefore(plan, failure, outcome)
  const isUnsent = isAborted(error) && !error.uncertain
  const rest = count - failure.index - (isUnsent ? 0 : 1)
  if (isUnsent) {
    const where = `${plan.verb} on ${fullName(plan.resource)} before row ${failure.index + 1} of ${count}`
    return restated(
      error,
      `${where}: ${error.message}`,
      failure.index === 0
        ? 'nothing was sent'
        : `${succeeded}; ${rest === 1 ? 'the other row was' : `the other ${rest} rows were`} not sent`,
    )
  }
  const remaining =
    rest === 0
      ? 'it was the last'
      : `${rest === 1 ? 'the row' : `the ${rest} rows`} after it ${rest === 1 ? 'was' : 'were'} not sent`
  return restated(
    error,
    failedAt(plan, count, failure, error),
    `${succeeded}; ${remaining}${error.hint ? `. ${error.hint}` : ''}`,
  )
}

/** What happened to the rows before a failed one. */
function doneBefore(plan: CallsPlan, { index }: RowFailure, { accepted, missing }: Outcome): string {
  if (index === 0) return 'none before it'
  const before = index === 1 ? 'row 1' : `rows 1 to ${index}`
  const names = shortList(accepted.map(a => nameOfCall(plan, a.prepared)))
  if (missing === 0) return `${before} succeeded (${names})`
  if (accepted.length === 0) return `${before} ${missing === 1 ? 'was' : 'were'} not there`
  return [`of ${before}, ${accepted.length} succeeded (${names})`, ...notThere(missing)].join(', ')
}

/** Names with commas; … for those that are too many. */
function shortList(names: readonly string[]): string {
  let length = 0
  const shown = names.filter((name, i) => (length += name.length + 2) <= MOST_SUCCEEDED || i === 0)
  return [...shown, ...(shown.length < names.length ? ['…'] : [])].join(', ')
}

function restated(error: ConfluentqlError, message: string, hint: string | undefined): ConfluentqlError {
  return new ConfluentqlError(error.code, message, {
    cause: error,
    uncertain: error.uncertain,
    ...(hint !== undefined && { hint }),
    ...(error.status !== undefined && { status: error.status }),
  })
}
