import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { literal, quote } from '../../plan/splice.ts'
import type { Prepared } from './body.ts'
import { columnOf } from '../pages/columns.ts'
import { Loader } from '../pages/load.ts'
import { evaluate } from '../query/query.ts'
import { listsDeleted } from './resent.ts'
import { containerPath, rowsFrom } from '../pages/rows-sql.ts'
import type { Row } from '../result.ts'
import { hostOf, type ScanContext } from '../scans/scan-calls.ts'
import { inputsOfCall } from '../scans/scan-pages.ts'
import { hidden, maskedAnswer, secretPaths, withoutSecrets, type Shown } from '../secrets.ts'
import type { Waited } from './wait.ts'

/** An accepted call, its answer, and the result of waiting for its end. */
export interface Accepted {
  /** The index of its row among the rows of the change, from 0. */
  readonly index: number
  readonly prepared: Prepared
  readonly page: Page
  waited?: Waited
}

/** The secrets that a call sends. */
export function secretsOf(plan: CallsPlan, { body }: Prepared): readonly string[] {
  return body === undefined ? [] : withoutSecrets(body, plan.method, plan.resource).secrets
}

/** The answers of a change: in the table that RETURNING reads, or as texts if there is no such table. */
interface Answers {
  readonly texts: readonly string[]
  /** Errors of answers that cannot be read. The others are still shown, since they may hold values that the API shows only once. */
  readonly unread: readonly ConfluentqlError[]
}

/** Loads the answers, or the awaited rows, into the table that RETURNING reads; returns texts if there is no such table. */
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
    const loader = new Loader(store, resource, method, returning.into, returning.load, shown, [], 'an answer')
    const host = hostOf(context.catalog, plan)
    const unread = accepted.flatMap(a => {
      // a method called by EXEC may have an empty answer
      if (plan.verb === 'EXEC' && a.page.text.trim() === '') return []
      if (copyWaited(returning.into, returning.load, a, context)) return []
      const call = { host, method, resource, args: a.prepared.args }
      const inputs = { ...inputsOfCall(call, context.client), ...bodyInputs(plan, a.prepared) }
      return (
        loadAnswer(loader, a.waited?.page ?? a.page, inputs, returning.into, store, method.http === 'GET')
        ?? []
      )
    })
    loader.mismatches.report(context)
    return { texts: [], unread }
  } finally {
    for (const a of accepted) if (a.waited?.table !== undefined) store.drop(a.waited.table)
  }
}

/** Loads one answer completely or not at all. @returns its error, if any @throws the error of a read's answer */
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

/** Adds to the error of a change that some answers could not be read; such answers still mean that their rows were accepted. */
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

/** The text of an answer with the secrets of its columns and of the request masked. */
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

/** Copies the last state of an awaited row; false if it was never read. */
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

/** Values of input columns that were sent in the body, such as a parent's key. */
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

/** Reports secrets in the answers that are not shown, as the API may never show them again. */
export function reportHiddenSecrets(
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

/** The number of changed rows: the rows in the answer of a DELETE that lists them; otherwise one for each call. */
export function countChanged(plan: CallsPlan, accepted: readonly Accepted[], { store }: ScanContext): number {
  const { rows } = plan.method
  if (!rows || !listsDeleted(plan)) return accepted.length
  const counter = store.db
    .prepare(
      `SELECT iif(json_type(@page, ${literal(containerPath(rows))}) IN ('array', 'object'), (SELECT count(*) FROM ${rowsFrom(rows)}), NULL)`,
    )
    .pluck()
  return accepted.reduce((sum, { page }) => {
    const count =
      page.text.trim() === '' ? null : (counter.get({ page: page.text }) as number | bigint | null)
    return sum + (count === null ? 1 : Number(count))
  }, 0)
}
