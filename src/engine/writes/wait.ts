import { keyPart, keyParts } from '../../catalog/keys.ts'
import { now } from '../../clock.ts'
import type { Method, Resource, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { sleep } from '../../http/signal.ts'
import type { Call, Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan, ObjectWait } from '../../plan/plan.ts'
import { literal, quote } from '../../plan/splice.ts'
import type { Prepared } from './body.ts'
import { inputsOf } from '../calls/calls.ts'
import { columnOf } from '../pages/columns.ts'
import { Loader } from '../pages/load.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'
import { afterAcceptance, waitForOperation } from './operation.ts'
import type { Shown } from '../secrets.ts'

/** The result of waiting for a change. */
export interface Waited {
  /** Table with the object as last read, to be dropped by the caller; absent if the answer to the change was final. */
  readonly table?: string
  /** The columns of that table. */
  readonly columns?: readonly string[]
  /** The operation as it ended; absent if the answer to the change was final. */
  readonly page?: Page
  readonly error?: unknown
}

/** The state of an object when it was read. */
interface Observation {
  readonly phase: string | undefined
  readonly message: string | undefined
}

/** The constants of waiting for one object. */
interface Watch {
  readonly wait: ObjectWait
  readonly resource: Resource
  readonly method: Method
  readonly context: ScanContext
  readonly call: Call
  readonly loader: Loader
  readonly inputs: Readonly<Record<string, Value>>
  readonly table: string
  readonly columns: readonly string[]
  /** SQL that removes the rows of other objects. */
  readonly pick: string
  /** SQL that reads the phase and message of the object. */
  readonly read: string
  /** For messages: its resource and keys. */
  readonly name: string
  readonly started: number
  readonly every: number
  readonly timeout: number
}

/**
 * Waits until the object of an accepted change has reached its final phase, or is gone. `shown` are the secrets to
 * load unmasked; `n` is unique among the waits of the statement. Never throws: a failure is returned with the last
 * state read.
 */
export async function waitFor(
  plan: CallsPlan,
  prepared: Prepared,
  answer: Page,
  n: number,
  context: ScanContext,
  shown: Shown,
): Promise<Waited> {
  const { resource } = plan
  const wait = plan.wait!
  if (wait.until === 'done') return waitForOperation(plan, wait, prepared, answer, context)
  const first = wait.phaseAt === undefined ? undefined : answerValue(context, answer.text, wait.phaseAt)
  if (wait.until === 'final' && resource.settles!.done.includes(first ?? '')) return {}
  let watch: Watch | undefined
  try {
    watch = startWatch(plan, wait, waitKeys(plan, wait, prepared, answer, context), n, context, shown)
    const seen = await settle(watch, first)
    return { table: watch.table, columns: watch.columns, ...(seen && { error: failedError(watch, seen) }) }
  } catch (error) {
    return watch
      ? { table: watch.table, columns: watch.columns, error: afterAcceptance(watch.name, error) }
      : { error }
  }
}

/** Reads the object until the end. @returns its state if it failed */
async function settle(watch: Watch, first: string | undefined): Promise<Observation | undefined> {
  const { wait, resource, context, every, timeout } = watch
  let last: Observation | undefined = first === undefined ? undefined : { phase: first, message: undefined }
  let pause = last !== undefined
  for (;;) {
    const ms = now() - watch.started
    context.waiting?.onProgress?.({ name: watch.name, phase: stateText(watch, last), ms })
    if (pause) {
      if (ms >= timeout) throw timeoutError(watch, last)
      await sleep(Math.max(1, Math.min(every, timeout - ms)), context.signal)
    }
    pause = true
    const seen = await observe(watch, last !== undefined)
    if (wait.until === 'gone') {
      if (!seen) return undefined
    } else if (seen) {
      const { done, failed } = resource.settles!
      if (done.includes(seen.phase ?? '')) return undefined
      if (failed.includes(seen.phase ?? '')) return seen
    }
    last = seen ?? last
  }
}

/** Reads the object once; undefined when it does not exist. */
async function observe(
  { wait, context, call, loader, inputs, table, pick, read: row }: Watch,
  wasSeen: boolean,
): Promise<Observation | undefined> {
  const { db } = context.store
  db.prepare(`DELETE FROM temp.${quote(table)}`).run()
  try {
    for await (const page of context.client.pages(call, loader.extract, context.signal, { fresh: true })) {
      loader.load(page, inputs)
      db.prepare(pick).run()
      const found = db.prepare(row).get() as { phase: string | null; message: string | null } | undefined
      if (found) return { phase: found.phase ?? undefined, message: found.message ?? undefined }
    }
    return undefined
  } catch (error) {
    // some APIs answer 403 for an object that does not exist; since it could be read before, it is gone
    if (
      error instanceof ConfluentqlError
      && (error.status === 404 || (error.status === 403 && wait.until === 'gone' && wasSeen))
    )
      return undefined
    throw error
  }
}

type KeyValues = Readonly<Record<string, Value>>

/** The values of the object's key columns. */
function waitKeys(
  { resource, method }: CallsPlan,
  wait: ObjectWait,
  { args, body }: Prepared,
  answer: Page,
  context: ScanContext,
): KeyValues {
  return Object.fromEntries(
    wait.keys.map(({ column, from }) => {
      const value =
        from.kind === 'param'
          ? args[from.at]?.[0]
          : from.kind === 'answer'
            ? answerValue(context, answer.text, from.at)
            : bodyValue(body, from.at)
      if (value !== undefined && value !== null && value !== '') return [column, value as Value]
      throw new ConfluentqlError(
        'RESPONSE',
        `${method.name} was accepted, but cannot be waited for: its answer has no ${column}`,
        { hint: `SELECT from ${fullName(resource)} shows what became of it` },
      )
    }),
  )
}

function bodyValue(body: unknown, dotted: string): unknown {
  return dotted
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined,
      body,
    )
}

function answerValue({ store }: ScanContext, text: string, path: string): string | undefined {
  if (text.trim() === '') return undefined
  return (
    (store.db
      .prepare(`SELECT CAST(? ->> ${literal(path)} AS TEXT)`)
      .pluck()
      .get(text) as string | null) ?? undefined
  )
}

function startWatch(
  plan: CallsPlan,
  wait: ObjectWait,
  keys: KeyValues,
  n: number,
  context: ScanContext,
  shown: Shown,
): Watch {
  const { resource, returning } = plan
  const { method } = wait
  const table = `await~${n}`
  const final =
    resource.settles && servesColumn(method, resource.settles.phase) ? resource.settles : undefined
  const answeredKeys = wait.keys.filter(
    k => !resource.columns.some(c => keyPart(c.name) === k.column && c.isInput),
  )
  const paths = [...(final ? [final.phase, final.message] : []), ...answeredKeys.map(k => k.column)].filter(
    p => p !== undefined,
  )
  const columns = [
    ...new Set([
      ...(wait.until === 'gone' ? [] : (returning?.load ?? [])),
      ...paths.map(p => keyParts(p)[0]!),
    ]),
  ].filter(name => !method.columns || method.columns.some(c => c.name === name))
  context.store.create({
    name: table,
    columns: columns.map(name => ({ name, shape: columnOf(method, resource, name) })),
  })
  const where = answeredKeys.map(
    k => `CAST(${pathText(k.column)} AS TEXT) = ${literal(String(keys[k.column]))}`,
  )
  const value = (path: string | undefined): string => (path === undefined ? 'NULL' : pathText(path))
  const url = method.params.find(p => p.in === 'host')?.name
  const args: Record<string, Value[]> = Object.fromEntries(
    wait.keys.flatMap(k => (k.param === undefined ? [] : [[k.param, [keys[k.column]!]]])),
  )
  if (url !== undefined && keys[url] !== undefined) args[url] = [keys[url]]
  return {
    wait,
    resource,
    method,
    context,
    table,
    columns,
    inputs: { ...keys, ...inputsOf(method, args) },
    call: { host: hostOf(context.catalog, { resource, method }), method, resource, args },
    loader: new Loader(context.store, resource, method, table, columns, shown, [], 'an answer'),
    read: `SELECT ${value(final?.phase)} AS phase, ${value(final?.message)} AS message FROM temp.${quote(table)} LIMIT 1`,
    pick: `DELETE FROM temp.${quote(table)} WHERE (${where.join(' AND ') || '1'}) IS NOT TRUE`,
    name: `${fullName(resource)} ${(answeredKeys.length > 0 ? answeredKeys : wait.keys).map(k => String(keys[k.column])).join(' ')}`,
    started: now(),
    every: context.waiting?.every ?? wait.every * 1000,
    timeout: context.waiting?.timeout ?? wait.timeout * 1000,
  }
}

function pathText(dotted: string): string {
  const [name, ...path] = keyParts(dotted)
  return path.length === 0
    ? quote(name!)
    : `${quote(name!)} ->> ${literal(['$', ...path.map(p => JSON.stringify(p))].join('.'))}`
}

function failedError({ name }: Watch, { phase, message }: Observation): ConfluentqlError {
  return new ConfluentqlError('API', `${name} is ${phase}${message ? `: ${message}` : ''}`, {
    hint: 'the request was accepted, but what it began has failed',
  })
}

/** The phase for messages; a description if the API gives none. */
function stateText({ wait }: Pick<Watch, 'wait'>, last: Observation | undefined): string {
  if (wait.until === 'gone') return last?.phase ?? 'being deleted'
  return last === undefined ? 'not found' : (last.phase ?? 'without a phase')
}

function servesColumn({ columns }: Method, dotted: string): boolean {
  return !columns || columns.some(c => c.name === keyParts(dotted)[0])
}

function timeoutError({ name, wait, timeout }: Watch, last: Observation | undefined): ConfluentqlError {
  const state = wait.until === 'gone' ? 'there' : stateText({ wait }, last)
  return new ConfluentqlError('API', `${name} is still ${state} after ${Math.round(timeout / 1000)} s`, {
    hint: 'the request was accepted and is still in progress; --await-timeout SECONDS waits longer',
  })
}
