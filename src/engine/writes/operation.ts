import { now } from '../../clock.ts'
import type { Operation } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { describeOne } from '../../http/answers/api-error.ts'
import { isObject, parsed } from '../../http/json.ts'
import { sleep } from '../../http/signal.ts'
import type { Call, FollowedPath, Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan, OperationWait } from '../../plan/plan.ts'
import { literal } from '../../plan/splice.ts'
import type { Prepared } from './body.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'

/** The state of an operation. */
interface State {
  readonly isDone: boolean
  /** As the API gives it, for messages. */
  readonly phase: string
  /** Why it failed, if it did. */
  readonly reason?: string
}

/** Waits until the operation in the answer to a change is done, and returns it as it was read last. Never throws: a failure is returned. */
export async function waitForOperation(
  plan: CallsPlan,
  wait: OperationWait,
  { args }: Prepared,
  answer: Page,
  context: ScanContext,
): Promise<{ readonly page?: Page; readonly error?: unknown }> {
  const { resource, method } = plan
  const call: Call = { host: hostOf(context.catalog, plan), method, resource, args }
  const every = context.waiting?.every ?? wait.every * 1000
  const timeout = context.waiting?.timeout ?? wait.timeout * 1000
  const name = `${fullName(resource)} ${method.name}`
  const started = now()
  try {
    let state = stateOf(wait.operation, answer, context)
    if (state.isDone) return failedOrNot(name, state)
    const where = placeOf(plan, wait.operation, answer.text, context)
    for (;;) {
      const ms = now() - started
      context.waiting?.onProgress?.({ name, phase: state.phase, ms })
      if (ms >= timeout) return { error: timeoutError(name, state, timeout) }
      await sleep(Math.max(1, Math.min(every, timeout - ms)), context.signal)
      const page = await context.client.follow(call, where, context.signal)
      state = stateOf(wait.operation, page, context)
      if (state.isDone) return { page, ...failedOrNot(name, state) }
    }
  } catch (error) {
    return { error: afterAcceptance(name, error) }
  }
}

function stateOf({ done, error }: Operation, { text, hide }: Page, context: ScanContext): State {
  const value = valueAt(context, text, done.at)
  const found = error === undefined ? undefined : valueAt(context, text, error)
  const reason = found === undefined || found === '[]' || found === '{}' ? undefined : hide(reasonOf(found))
  return {
    isDone: value !== undefined && done.values.includes(value),
    phase: value === undefined || value === 'false' ? 'running' : value,
    ...(reason !== undefined && { reason }),
  }
}

/** A value of an answer as text: true and false for booleans, JSON for objects. */
function valueAt({ store }: ScanContext, text: string, path: string): string | undefined {
  if (text.trim() === '') return undefined
  const at = literal(path)
  const sql = `SELECT CASE json_type(@text, ${at}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN NULL
    ELSE CAST(json_extract(@text, ${at}) AS TEXT) END`
  return (store.db.prepare(sql).pluck().get({ text }) as string | null) ?? undefined
}

/** The reason in an error: its own message, or those of the errors that it lists. */
function reasonOf(text: string): string {
  const error = parsed(text)
  if (!isObject(error)) return text
  const list: unknown = Array.isArray(error) ? error : error['errors']
  const all = Array.isArray(list) && list.length > 0 ? list.filter(isObject) : [error]
  return (
    all
      .map(describeOne)
      .filter(reason => reason !== '')
      .join('; ') || 'without a reason'
  )
}

function placeOf(
  { method }: CallsPlan,
  operation: Operation,
  text: string,
  context: ScanContext,
): FollowedPath {
  const { url, path, name } = operation
  const found = valueAt(context, text, url ?? name ?? '$.name')
  if (found !== undefined)
    return url === undefined ? { path: path!.replace('{name}', () => found) } : { url: found }
  throw new ConfluentqlError(
    'RESPONSE',
    `${method.name} was accepted, but cannot be waited for: its answer has no ${url ?? name}`,
    { hint: 'SELECT shows what became of it' },
  )
}

function failedOrNot(name: string, { reason }: State): { readonly error?: unknown } {
  if (reason === undefined) return {}
  return {
    error: new ConfluentqlError('API', `${name} failed: ${reason}`, {
      hint: 'the request was accepted, but what it began has failed',
    }),
  }
}

function timeoutError(name: string, { phase }: State, timeout: number): ConfluentqlError {
  return new ConfluentqlError('API', `${name} is still ${phase} after ${Math.round(timeout / 1000)} s`, {
    hint: 'the request was accepted and is still in progress; --await-timeout SECONDS waits longer',
  })
}

/** Adds to an error that occurred while waiting that the change itself was accepted. */
export function afterAcceptance(name: string, error: unknown): unknown {
  if (!(error instanceof ConfluentqlError) || /was accepted/.test(`${error.message} ${error.hint ?? ''}`))
    return error
  const hint = `the request for ${name} was accepted; what became of it is not known${error.hint ? `. ${error.hint}` : ''}`
  return new ConfluentqlError(error.code, error.message, {
    cause: error,
    hint,
    ...(error.status !== undefined && { status: error.status }),
  })
}
