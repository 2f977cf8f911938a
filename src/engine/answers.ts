import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { quote } from '../plan/splice.ts'
import type { Prepared } from './body.ts'
import { echoesOf } from './calls.ts'
import { columnOf } from './columns.ts'
import { Loader } from './load.ts'
import { evaluate } from './query.ts'
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

/** An answer that cannot be read leaves no doubt that the change was accepted, which its error says. */
export function readAnswers(
  plan: CallsPlan,
  accepted: readonly Accepted[],
  context: ScanContext,
  shown: Shown,
): string[] {
  try {
    return loadAnswers(plan, accepted, context, shown)
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || plan.method.http === 'GET') throw error
    const { code, message, cause, hint = '' } = error
    const all =
      accepted.length === 1 ? 'the change was accepted' : `all ${accepted.length} changes were accepted`
    throw new ConfluentqlError(code, `${message}; ${all}`, {
      cause,
      hint: `Only what was answered cannot be shown. ${hint}`,
    })
  }
}

/** Puts the answers, or what was waited for, into the table that RETURNING reads; the texts, where there is no such table. */
function loadAnswers(
  plan: CallsPlan,
  accepted: readonly Accepted[],
  context: ScanContext,
  shown: Shown,
): string[] {
  const { returning, method, resource } = plan
  const { store } = context
  try {
    if (returning?.sql === '')
      return accepted.map(a => (shown === 'all' ? a.page.text : maskedText(plan, a, context)))
    if (!returning) return []
    store.create({
      name: returning.into,
      columns: returning.load.map(n => ({ name: n, shape: columnOf(method, resource, n) })),
    })
    const loader = new Loader(store, resource, method, returning.into, returning.load, shown)
    for (const a of accepted) {
      // what EXEC runs need not answer anything
      if (plan.verb === 'EXEC' && a.page.text.trim() === '') continue
      if (!copyWaited(returning.into, returning.load, a, context))
        loader.load(a.page, { ...echoesOf(method, a.prepared.args), ...bodyEchoes(plan, a.prepared) })
    }
    return []
  } finally {
    for (const a of accepted) if (a.waited?.table !== undefined) store.drop(a.waited.table)
  }
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
function bodyEchoes(plan: CallsPlan, { body }: Prepared): Record<string, Value> {
  const given = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    plan.resource.columns.flatMap(c =>
      c.echo && typeof given[c.name] === 'string' ? [[c.name, given[c.name] as string]] : [],
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
export function countChanged(
  { verb, method }: CallsPlan,
  accepted: readonly Accepted[],
  { store }: ScanContext,
): number {
  const { rows } = method
  if (verb !== 'DELETE' || !rows || rows.kind === 'one') return accepted.length
  const counter = store.db.prepare('SELECT json_array_length(?, ?)').pluck()
  return accepted.reduce((sum, { page }) => {
    const count = page.text.trim() === '' ? null : (counter.get(page.text, rows.at) as number | bigint | null)
    return sum + (count === null ? 1 : Number(count))
  }, 0)
}
