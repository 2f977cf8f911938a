import { now } from '../clock.ts'
import type { Method, Resource, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { sleep } from '../http/signal.ts'
import type { Call, Page } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan, WaitPlan } from '../plan/plan.ts'
import { literal, quote } from '../plan/splice.ts'
import type { Prepared } from './body.ts'
import { inputsOf } from './calls.ts'
import { columnOf } from './columns.ts'
import { Loader } from './load.ts'
import { hostOf, type ScanContext } from './scan.ts'
import type { Shown } from './secrets.ts'

/** What became of a change that was waited for. */
export interface Waited {
  /** Table with the thing as it was last seen, to be dropped by the caller; none: the answer to the change tells it. */
  readonly table?: string
  /** The columns that it has. */
  readonly columns?: readonly string[]
  readonly error?: unknown
}

/** A thing as it was last seen. */
interface Seen {
  readonly phase: string | undefined
  readonly message: string | undefined
}

/** What does not change while one thing is waited for. */
interface Watch {
  readonly wait: WaitPlan
  readonly resource: Resource
  readonly method: Method
  readonly context: ScanContext
  readonly call: Call
  readonly loader: Loader
  readonly inputs: Readonly<Record<string, Value>>
  readonly table: string
  readonly columns: readonly string[]
  /** Removes the rows of others. */
  readonly pick: string
  /** Reads phase and message of the one row that is meant. */
  readonly read: string
  /** For people: its resource and the keys that tell it from others. */
  readonly name: string
  readonly started: number
  readonly every: number
  readonly timeout: number
}

/**
 * Waits until the thing that an accepted change made, changed or removed is what it was to be. `load` are the columns
 * that the caller needs of it then, with the secrets in `shown`; `n` tells it from other waits of the statement.
 * Never throws: a failure comes back with what was last seen.
 */
export async function waitFor(
  plan: CallsPlan,
  prepared: Prepared,
  answer: Page,
  n: number,
  context: ScanContext,
  shown: Shown,
): Promise<Waited> {
  const { wait, resource } = plan
  const first = wait!.phaseAt === undefined ? undefined : valueAt(context, answer.text, wait!.phaseAt)
  if (wait!.until === 'final' && resource.settles!.done.includes(first ?? '')) return {}
  let watch: Watch | undefined
  try {
    watch = startWatch(plan, keysOf(plan, prepared, answer, context), n, context, shown)
    const seen = await settle(watch, first)
    return { table: watch.table, columns: watch.columns, ...(seen && { error: ended(watch, seen) }) }
  } catch (error) {
    return watch ? { table: watch.table, columns: watch.columns, error: unfollowed(watch, error) } : { error }
  }
}

/** Looks until the end; gives what was seen last if that is a failure. */
async function settle(watch: Watch, first: string | undefined): Promise<Seen | undefined> {
  const { wait, resource, context, every, timeout } = watch
  let last: Seen | undefined = first === undefined ? undefined : { phase: first, message: undefined }
  let pause = last !== undefined
  for (;;) {
    const ms = now() - watch.started
    context.waiting?.onProgress?.({ name: watch.name, phase: stateOf(watch, last), ms })
    if (pause) {
      if (ms >= timeout) throw tooLate(watch, last)
      await sleep(Math.max(1, Math.min(every, timeout - ms)), context.signal)
    }
    pause = true
    const seen = await look(watch, last !== undefined)
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

/** Reads the thing once; undefined when it is not there. */
async function look(
  { wait, context, call, loader, inputs, table, pick, read: row }: Watch,
  wasSeen: boolean,
): Promise<Seen | undefined> {
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
    // some APIs refuse what they do not have; who could read it before could still read it now
    if (
      error instanceof ConfluentqlError
      && (error.status === 404 || (error.status === 403 && wait.until === 'gone' && wasSeen))
    )
      return undefined
    throw error
  }
}

type Keys = Readonly<Record<string, Value>>

/** Values of the key columns of the one thing. */
function keysOf(
  { wait, resource, method }: CallsPlan,
  { args, body }: Prepared,
  answer: Page,
  context: ScanContext,
): Keys {
  return Object.fromEntries(
    wait!.keys.map(({ column, from }) => {
      const value =
        from.kind === 'param'
          ? args[from.at]?.[0]
          : from.kind === 'answer'
            ? valueAt(context, answer.text, from.at)
            : fieldOf(body, from.at)
      if (value !== undefined && value !== null && value !== '') return [column, value as Value]
      throw new ConfluentqlError(
        'RESPONSE',
        `${method.name} was accepted, but cannot be waited for: its answer has no ${column}`,
        { hint: `SELECT from ${fullName(resource)} shows what became of it` },
      )
    }),
  )
}

function fieldOf(body: unknown, dotted: string): unknown {
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

function valueAt({ store }: ScanContext, text: string, path: string): string | undefined {
  if (text.trim() === '') return undefined
  return (
    (store.db
      .prepare(`SELECT CAST(? ->> ${literal(path)} AS TEXT)`)
      .pluck()
      .get(text) as string | null) ?? undefined
  )
}

function startWatch(plan: CallsPlan, keys: Keys, n: number, context: ScanContext, shown: Shown): Watch {
  const { resource, returning } = plan
  const wait = plan.wait!
  const { method } = wait
  const table = `await~${n}`
  const final =
    resource.settles && columnServed(method, resource.settles.phase) ? resource.settles : undefined
  const own = wait.keys.filter(k => !resource.columns.some(c => c.name === k.column && c.isInput))
  const paths = [...(final ? [final.phase, final.message] : []), ...own.map(k => k.column)].filter(
    p => p !== undefined,
  )
  const columns = [
    ...new Set([
      ...(wait.until === 'gone' ? [] : (returning?.load ?? [])),
      ...paths.map(p => p.split('.')[0]!),
    ]),
  ].filter(name => !method.columns || method.columns.some(c => c.name === name))
  context.store.create({
    name: table,
    columns: columns.map(name => ({ name, shape: columnOf(method, resource, name) })),
  })
  const where = own.map(k => `CAST(${pathText(k.column)} AS TEXT) = ${literal(String(keys[k.column]))}`)
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
    call: { host: hostOf(context.catalog, { resource, method }), method, args },
    loader: new Loader(context.store, resource, method, table, columns, shown),
    read: `SELECT ${value(final?.phase)} AS phase, ${value(final?.message)} AS message FROM temp.${quote(table)} LIMIT 1`,
    pick: `DELETE FROM temp.${quote(table)} WHERE (${where.join(' AND ') || '1'}) IS NOT TRUE`,
    name: `${fullName(resource)} ${(own.length > 0 ? own : wait.keys).map(k => String(keys[k.column])).join(' ')}`,
    started: now(),
    every: context.waiting?.every ?? wait.every * 1000,
    timeout: context.waiting?.timeout ?? wait.timeout * 1000,
  }
}

function pathText(dotted: string): string {
  const [name, ...path] = dotted.split('.')
  return path.length === 0
    ? quote(name!)
    : `${quote(name!)} ->> ${literal(['$', ...path.map(p => JSON.stringify(p))].join('.'))}`
}

function ended({ name }: Watch, { phase, message }: Seen): ConfluentqlError {
  return new ConfluentqlError('API', `${name} is ${phase}${message ? `: ${message}` : ''}`, {
    hint: 'the request was accepted, but what it began has failed',
  })
}

/** In words, where the API gives none. */
function stateOf({ wait }: Pick<Watch, 'wait'>, last: Seen | undefined): string {
  if (wait.until === 'gone') return last?.phase ?? 'being deleted'
  return last === undefined ? 'not found' : (last.phase ?? 'without a phase')
}

function columnServed({ columns }: Method, dotted: string): boolean {
  return !columns || columns.some(c => c.name === dotted.split('.')[0])
}

function tooLate({ name, wait, timeout }: Watch, last: Seen | undefined): ConfluentqlError {
  const state = wait.until === 'gone' ? 'there' : stateOf({ wait }, last)
  return new ConfluentqlError('API', `${name} is still ${state} after ${Math.round(timeout / 1000)} s`, {
    hint: 'the request was accepted and goes on being worked on; --await-timeout SECONDS waits longer',
  })
}

/** An error that came while waiting says that the change itself was accepted. */
function unfollowed({ name }: Watch, error: unknown): unknown {
  if (!(error instanceof ConfluentqlError) || /was accepted/.test(error.hint ?? '')) return error
  const hint = `the request for ${name} was accepted; what became of it is not known${error.hint ? `. ${error.hint}` : ''}`
  return new ConfluentqlError(error.code, error.message, {
    cause: error,
    hint,
    ...(error.status !== undefined && { status: error.status }),
  })
}
