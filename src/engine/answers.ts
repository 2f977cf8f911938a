import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { quote } from '../plan/splice.ts'
import type { Prepared } from './body.ts'
import { inputsOf } from './calls.ts'
import { columnOf } from './columns.ts'
import { Loader } from './load.ts'
import { evaluate } from './query.ts'
import { listsDeleted } from './resent.ts'
import type { Row } from './result.ts'
import type { ScanContext } from './scan.ts'
import { hidden, maskedAnswer, secretPaths, withoutSecrets, type Shown } from './secrets.ts'
import type { Waited } from './wait.ts'

/** A call that was accepted, its answer, and what came of waiting for its end. */
export interface Accepted {
  /** The place of its row among those of the change, from 0. */
  readonly index: number
  readonly prepared: Prepared
  readonly page: Page
  waited?: Waited
}

/** The secrets that a call sends. */
export function secretsOf(plan: CallsPlan, { body }: Prepared): readonly string[] {
  return body === undefined ? [] : withoutSecrets(body, plan.method, plan.resource).secrets
}

/** What was answered: in the table that RETURNING reads, or as texts where there is no such table. */
interface Answers {
  readonly texts: readonly string[]
  /** Answers that cannot be read; the others are shown, since what is in them may never be told again. */
  readonly unread: readonly ConfluentqlError[]
}

/** Puts the answers, or what was waited for, into the table that RETURNING reads; the texts, where there is no such table. */
export function readAnswers(
  plan: CallsPlan,
  accepted: readonly Accepted[],
  context: ScanContext,
  shown: Shown,
): Answers {
  const { returning, method, resource } = plan
  const { store } = context
  try {
    if (returning?.sql === '')
      return {
        texts: accepted.map(a => (shown === 'all' ? a.page.text : maskedText(plan, a, context))),
        unread: [],
      }
    if (!returning) return { texts: [], unread: [] }
    store.create({
      name: returning.into,
      columns: returning.load.map(n => ({ name: n, shape: columnOf(method, resource, n) })),
    })
    const loader = new Loader(store, resource, method, returning.into, returning.load, shown)
    const unread = accepted.flatMap(a => {
      // what EXEC runs need not answer anything
      if (plan.verb === 'EXEC' && a.page.text.trim() === '') return []
      if (copyWaited(returning.into, returning.load, a, context)) return []
      const inputs = { ...inputsOf(method, a.prepared.args), ...bodyInputs(plan, a.prepared) }
      return loadAnswer(loader, a.page, inputs, returning.into, store, method.http === 'GET') ?? []
    })
    return { texts: [], unread }
  } finally {
    for (const a of accepted) if (a.waited?.table !== undefined) store.drop(a.waited.table)
  }
}

/** Loads one answer, or nothing of it, and gives what is wrong with it; what is wrong with the answer of a read is thrown. */
function loadAnswer(
  loader: Loader,
  page: Page,
  inputs: Readonly<Record<string, Value>>,
  into: string,
  { db }: ScanContext['store'],
  isRead: boolean,
): ConfluentqlError | undefined {
  const last = db
    .prepare(`SELECT coalesce(max(rowid), 0) FROM temp.${quote(into)}`)
    .pluck()
    .get()
  try {
    loader.load(page, inputs)
    return undefined
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || isRead) throw error
    db.prepare(`DELETE FROM temp.${quote(into)} WHERE rowid > ?`).run(last)
    return error
  }
}

/** The error of a change with answers that cannot be read, which leave no doubt that their rows were accepted. */
export function withUnread(error: unknown, { unread }: Answers, accepted: number): unknown {
  const [first] = unread
  if (!first) return error
  const { code, message, cause, hint = '' } = first
  if (error instanceof ConfluentqlError) {
    const more = `The answer of a row that succeeded cannot be shown: ${message}`
    return new ConfluentqlError(error.code, error.message, {
      cause: error.cause,
      uncertain: error.uncertain,
      hint: error.hint === undefined ? more : `${error.hint}. ${more}`,
      ...(error.status !== undefined && { status: error.status }),
    })
  }
  const all =
    accepted === 1
      ? 'the change was accepted'
      : accepted === 2
        ? 'both changes were accepted'
        : `all ${accepted} changes were accepted`
  const others = unread.length === accepted ? '' : ', and the other answers are shown'
  return new ConfluentqlError(code, `${message}; ${all}${others}`, {
    cause,
    hint: `Only what was answered cannot be shown. ${hint}`,
  })
}

/** An answer that is printed as it comes, without the secrets that are known to be in it, and those that were sent. */
function maskedText(plan: CallsPlan, { page, prepared }: Accepted, { store }: ScanContext): string {
  const text =
    page.text.trim() === ''
      ? ''
      : (store.db
          .prepare(
            `SELECT ${maskedAnswer(
              '@text',
              plan.resource.columns.filter(c => c.at === undefined),
            )}`,
          )
          .pluck()
          .get({ text: page.text }) as string)
  return hidden(text, secretsOf(plan, prepared))
}

/** Takes a row as it was seen last; false if it was never seen. */
function copyWaited(
  into: string,
  load: readonly string[],
  { waited }: Accepted,
  { store }: ScanContext,
): boolean {
  const { table, columns = [] } = waited ?? {}
  if (table === undefined) return false
  const names = load.filter(n => columns.includes(n)).map(quote)
  const [to, what] = names.length === 0 ? ['', 'NULL'] : [` (${names.join(', ')})`, names.join(', ')]
  return (
    store.db
      .prepare(
        `INSERT INTO temp.${quote(into)}${names.length === 0 && load.length > 0 ? ` (${quote(load[0]!)})` : to} SELECT ${what} FROM temp.${quote(table)} LIMIT 1`,
      )
      .run().changes > 0
  )
}

/** A parent key given in the body belongs to the rows as well. */
function bodyInputs(plan: CallsPlan, { body }: Prepared): Record<string, Value> {
  const given = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    plan.resource.columns.flatMap(c =>
      c.isInput && typeof given[c.name] === 'string' ? [[c.name, given[c.name] as string]] : [],
    ),
  )
}

/** The rows of RETURNING. */
export async function* returnedRows(
  plan: CallsPlan,
  answers: readonly string[],
  { store }: ScanContext,
): AsyncGenerator<readonly Row[], void, void> {
  const { returning } = plan
  if (!returning) return
  try {
    if (returning.sql === '') yield answers.map(text => [text === '' ? null : text])
    else yield [...evaluate(store, returning.sql, Object.keys(store.params))]
  } finally {
    store.drop(returning.into)
  }
}

/** A secret that the API made, and that nothing may ever show again, was in an answer and is not printed. */
export function tellSecrets(
  { verb, method, resource }: CallsPlan,
  accepted: readonly Accepted[],
  context: ScanContext,
  shown: Shown,
): void {
  if (shown === 'all' || method.rows?.kind !== 'one' || !context.onNotice) return
  const given = method.body?.fields.map(f => f.path) ?? []
  const columns = method.columns ?? resource.columns
  const at = method.rows.at
  const paths = secretPaths(columns).filter(
    p => !p.includes('[]') && !given.includes(p) && !shown.includes(p),
  )
  const found = paths.filter(p =>
    accepted.some(a => {
      if (a.page.text.trim() === '') return false
      const path = [at, ...p.split('.').map(k => JSON.stringify(k))].join('.')
      const value = context.store.db.prepare('SELECT ? ->> ?').pluck().get(a.page.text, path) as Value
      return value !== null && value !== ''
    }),
  )
  if (found.length === 0) return
  const how =
    verb === 'EXEC' ? '--show-secrets shows it' : `RETURNING ${found.join(', ')}, or --show-secrets, shows it`
  context.onNotice(
    `the answer of ${method.name} holds a secret that was not shown, ${found.join(', ')}: ${how}`,
  )
}

/** How many rows a change changed: those that the API answers with, where a DELETE has such an answer; else one a call. */
export function countChanged(plan: CallsPlan, accepted: readonly Accepted[], { store }: ScanContext): number {
  const { rows } = plan.method
  if (!rows || !listsDeleted(plan)) return accepted.length
  const counter = store.db.prepare('SELECT json_array_length(?, ?)').pluck()
  return accepted.reduce((sum, { page }) => {
    const count = page.text.trim() === '' ? null : (counter.get(page.text, rows.at) as number | bigint | null)
    return sum + (count === null ? 1 : Number(count))
  }, 0)
}
