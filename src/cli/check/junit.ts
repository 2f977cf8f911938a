import { basename } from 'node:path'
import { completeRows } from '../../engine/result.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { ResultColumn, Row, Write } from '../../render/types.ts'
import { paragraphsOf } from '../../render/values.ts'
import { xmlPlain } from '../../render/xlsx/xml.ts'
import { count } from '../count.ts'
import { facts, reasonOf, verdictOf } from './report.ts'
import type { Outcome } from './run.ts'

/** Findings that the text of a test shows; their number is always told. */
const MOST_ROWS = 200

/**
 * Writes JUnit XML: a test suite for each script, a test for each check. A check with findings has failed; one that was not
 * answered, or not completely, is an error.
 */
export async function writeJunit(title: string, outcomes: readonly Outcome[], write: Write): Promise<void> {
  const suites = new Map<string, Outcome[]>()
  for (const outcome of outcomes) {
    const file = outcome.check.step.script.name ?? 'script'
    suites.set(file, [...(suites.get(file) ?? []), outcome])
  }
  await write(
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xmlPlain(title)}" ${counts(outcomes)}>\n`,
  )
  for (const [file, members] of suites) {
    await write(`  <testsuite name="${xmlPlain(file)}" ${counts(members)}>\n`)
    for (const outcome of members) await write(await testCase(file, outcome))
    await write('  </testsuite>\n')
  }
  await write('</testsuites>\n')
}

function counts(outcomes: readonly Outcome[]): string {
  const found = outcomes.map(verdictOf)
  const failures = found.filter(v => v === 'found').length
  const errors = found.filter(v => v === 'not answered' || v === 'incomplete').length
  const seconds = outcomes.reduce((sum, { ms }) => sum + ms, 0) / 1000
  return `tests="${outcomes.length}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds.toFixed(3)}"`
}

async function testCase(file: string, outcome: Outcome): Promise<string> {
  const { check, columns, findings, accepted, ms } = outcome
  const verdict = verdictOf(outcome)
  const reason = reasonOf(outcome) ?? ''
  const inner: string[] = []
  if (verdict === 'found') {
    const note = paragraphsOf(check.step.about.note).map(paragraph => `${paragraph}\n\n`)
    const lines = [
      ...(reason === '' ? [] : [`Incomplete: ${reason}\n`]),
      ...note,
      await tableOf(columns, findings),
    ]
    inner.push(
      `<failure type="${check.severity}" message="${xmlPlain(`${count(findings.length, 'finding')} (${facts(check)})`)}">${xmlPlain(lines.join(''))}</failure>`,
    )
  }
  if (verdict === 'not answered' || verdict === 'incomplete')
    inner.push(`<error type="${verdict}" message="${xmlPlain(reason)}"/>`)
  if (accepted.length > 0)
    inner.push(
      `<system-out>${xmlPlain(
        `${count(accepted.length, 'finding')} accepted:\n${await tableOf(
          columns,
          accepted.map(({ row }) => row),
        )}`,
      )}</system-out>`,
    )
  const head = `    <testcase classname="${xmlPlain(basename(file, '.sql'))}" name="${xmlPlain(check.name)}" time="${(ms / 1000).toFixed(3)}"`
  return inner.length === 0
    ? `${head}/>\n`
    : `${head}>\n${inner.map(text => `      ${text}\n`).join('')}    </testcase>\n`
}

/** Rows as a table; of many the first, and how many more there are. */
async function tableOf(columns: readonly ResultColumn[], rows: readonly Row[]): Promise<string> {
  let text = ''
  const renderer = createRenderer({ format: 'table', header: true }, async data => {
    text += String(data)
  })
  await renderer.result({}, columns, completeRows(rows.slice(0, MOST_ROWS)))
  await renderer.end()
  const more = rows.length - MOST_ROWS
  return more > 0 ? `${text}… and ${count(more, 'more finding')}\n` : text
}
