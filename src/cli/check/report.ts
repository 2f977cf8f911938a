import { completeRows } from '../../engine/result.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { Format, RenderOptions, ResultColumn, Row, Write } from '../../render/types.ts'
import { distinctNames, jsonOf, quote } from '../../render/values.ts'
import { count } from '../count.ts'
import { errorText } from '../report.ts'
import { placeOf, rankOf } from './checks.ts'
import type { Outcome } from './run.ts'

/** What a check came to, the worst first. */
export type Verdict = 'not answered' | 'found' | 'incomplete' | 'ok'
const VERDICTS: readonly Verdict[] = ['not answered', 'found', 'incomplete', 'ok']

/** The verdict on a check. One without findings that could not reach everything is not `ok`. */
export function verdictOf({ error, findings, lacks }: Outcome): Verdict {
  if (error !== undefined) return 'not answered'
  if (findings.length > 0) return 'found'
  return lacks.length > 0 ? 'incomplete' : 'ok'
}

/** The message of an error, without `error:`. */
function messageOf(error: unknown): string {
  const [first = ''] = errorText(error).split('\n')
  return first.replace(/^error: /, '')
}

/** Formats that show a result for each check; the others have a row for each check, with its findings as JSON. */
const SECTIONS: ReadonlySet<Format> = new Set([
  'table',
  'vertical',
  'markdown',
  'html',
  'xlsx',
  'text',
  'pptext',
])

/** Formats that do not show the comment above a statement. */
const WITHOUT_NOTES: ReadonlySet<Format> = new Set(['table', 'vertical', 'text', 'pptext'])

/** Formats that also show accepted rows. */
const WITH_ACCEPTED: ReadonlySet<Format> = new Set(['html', 'xlsx'])

/** Writes the report of a run: the summary, and the findings. */
export async function writeReport(
  title: string,
  outcomes: readonly Outcome[],
  options: RenderOptions,
  write: Write,
): Promise<void> {
  const renderer = createRenderer(options, write)
  if (!SECTIONS.has(options.format)) {
    const { columns, rows } = forPrograms(outcomes)
    await renderer.result({ title }, columns, completeRows(rows))
    return renderer.end()
  }
  const sorted = outcomes.toSorted(
    (a, b) =>
      VERDICTS.indexOf(verdictOf(a)) - VERDICTS.indexOf(verdictOf(b))
      || rankOf(a.check.severity) - rankOf(b.check.severity),
  )
  const { columns, rows } = forPeople(sorted)
  await renderer.result({ title: 'Summary', note: summaryOf(outcomes) }, columns, completeRows(rows))
  for (const { check, columns: found, findings, lacks } of sorted) {
    if (findings.length === 0) continue
    const { note, sql } = check.step.about
    const about = {
      title: WITHOUT_NOTES.has(options.format) ? `${check.name} (${facts(check)})` : check.name,
      note: [facts(check), note].filter(Boolean).join('\n\n'),
      sql,
      lacks,
    }
    await renderer.result(about, found, completeRows(findings))
  }
  if (WITH_ACCEPTED.has(options.format))
    for (const { check, columns: found, accepted } of sorted) {
      if (accepted.length === 0) continue
      await renderer.result(
        { title: `Accepted: ${check.name}`, note: facts(check) },
        [...found, text('accepted until'), text('reason')],
        completeRows(accepted.map(({ row, by }) => [...row, by.until, by.reason])),
      )
    }
  return renderer.end()
}

/** `severity high, owner platform, audit.sql:12` */
export function facts({ severity, owner, step }: Outcome['check']): string {
  return [`severity ${severity}`, ...(owner === undefined ? [] : [`owner ${owner}`]), placeOf(step)].join(
    ', ',
  )
}

/** `33 checks: 20 ok, 12 with 143 findings, 1 not answered` */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const of = (verdict: Verdict): number => outcomes.filter(o => verdictOf(o) === verdict).length
  const sum = (name: 'findings' | 'accepted'): number =>
    outcomes.reduce((total, outcome) => total + outcome[name].length, 0)
  const parts = [
    `${of('ok')} ok`,
    ...(of('found') > 0 ? [`${of('found')} with ${count(sum('findings'), 'finding')}`] : []),
    ...(sum('accepted') > 0 ? [`${count(sum('accepted'), 'finding')} accepted`] : []),
    ...(of('incomplete') > 0 ? [`${of('incomplete')} incomplete`] : []),
    ...(of('not answered') > 0 ? [`${of('not answered')} not answered`] : []),
  ]
  return `${count(outcomes.length, 'check')}: ${parts.join(', ')}`
}

type Table = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] }

const text = (name: string): ResultColumn => ({ name, type: 'string' })
const whole = (name: string): ResultColumn => ({ name, type: 'integer' })

/** A row for each check. Columns that would be empty are left out. */
function forPeople(outcomes: readonly Outcome[]): Table {
  const hasAccepted = outcomes.some(o => o.accepted.length > 0)
  const hasOwner = outcomes.some(o => o.check.owner !== undefined)
  const reasons = outcomes.map(reasonOf)
  const hasReason = reasons.some(reason => reason !== null)
  return {
    columns: [
      text('result'),
      text('severity'),
      whole('findings'),
      ...(hasAccepted ? [whole('accepted')] : []),
      text('check'),
      ...(hasOwner ? [text('owner')] : []),
      ...(hasReason ? [text('reason')] : []),
    ],
    rows: outcomes.map((o, i) => [
      verdictOf(o),
      o.check.severity,
      o.error === undefined ? o.findings.length : null,
      ...(hasAccepted ? [o.accepted.length] : []),
      o.check.name,
      ...(hasOwner ? [o.check.owner ?? ''] : []),
      ...(hasReason ? [reasons[i] ?? ''] : []),
    ]),
  }
}

function forPrograms(outcomes: readonly Outcome[]): Table {
  return {
    columns: [
      ...['check', 'result', 'severity', 'owner', 'place'].map(text),
      whole('findings'),
      whole('accepted'),
      text('reason'),
      { name: 'rows', type: 'json' },
    ],
    rows: outcomes.map(o => [
      o.check.name,
      verdictOf(o),
      o.check.severity,
      o.check.owner ?? null,
      placeOf(o.check.step),
      // not 0: nobody knows
      o.error === undefined ? o.findings.length : null,
      o.error === undefined ? o.accepted.length : null,
      reasonOf(o),
      o.error === undefined ? objectsOf(o.columns, o.findings) : null,
    ]),
  }
}

/** Why a check was not answered, or not completely. */
export function reasonOf({ error, lacks }: Outcome): string | null {
  if (error !== undefined) return messageOf(error)
  return lacks.length > 0 ? lacks.join('; ') : null
}

/** Rows as a JSON array of objects. */
function objectsOf(columns: readonly ResultColumn[], rows: readonly Row[]): string {
  const names = distinctNames(columns).map(quote)
  const object = (row: Row): string =>
    `{${row.map((value, i) => `${names[i]!}:${jsonOf(value, columns[i]!)}`).join(',')}}`
  return `[${rows.map(object).join(',')}]`
}
