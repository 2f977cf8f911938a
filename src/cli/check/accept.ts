import { ConfluentqlError } from '../../errors.ts'
import { openFile } from '../../render/file.ts'
import { distinctNames } from '../../render/values.ts'
import { today } from '../day.ts'
import { type Acceptance, readBaseline, valueOf } from './baseline.ts'
import type { Outcome } from './run.ts'

type Entry = Pick<Acceptance, 'check' | 'until' | 'reason'> & {
  readonly finding: Record<string, string | null>
}

/**
 * Accepts all findings until a day: adds an entry for each to the text of a baseline, and writes that to `file`. Returns the
 * outcomes with the findings accepted, and the number of entries. An entry has the key columns of the check; if it names none,
 * all columns, since with fewer it could accept further findings.
 * @throws ConfluentqlError USAGE if entries cannot be added to the text
 */
export async function acceptAll(
  outcomes: readonly Outcome[],
  { file, text, until }: { readonly file: string; readonly text: string; readonly until: string },
): Promise<{ readonly outcomes: Outcome[]; readonly entries: number }> {
  const reason = `found on ${today()}`
  const entries = outcomes.flatMap(outcome => entriesFor(outcome, { until, reason }))
  if (entries.length > 0) {
    const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
    const after = `${before}${await yamlOf(entries)}`
    const read = await readBaseline(after, file).catch(() => [])
    if (read.length !== (await readBaseline(text, file)).length + entries.length)
      throw new ConfluentqlError('USAGE', `${file}: entries cannot be added at its end`, {
        hint: 'write each entry as "- check: …" at the beginning of a line, or name a new file',
      })
    const output = await openFile(file)
    try {
      await output.write(after)
      await output.commit()
    } catch (error) {
      await output.abort()
      throw error
    }
  }
  const accepted = outcomes.map(outcome => ({
    ...outcome,
    findings: [],
    accepted: [...outcome.accepted, ...outcome.findings.map(row => ({ row, by: { until, reason } }))],
  }))
  return { outcomes: accepted, entries: entries.length }
}

/** The entries as YAML: NULL is null, and the text null is in quotes. */
async function yamlOf(entries: readonly Entry[]): Promise<string> {
  const { Document, visit } = await import('yaml')
  const document = new Document(entries, { schema: 'failsafe' })
  visit(document, {
    Scalar(_, scalar) {
      if (scalar.value === null) Object.assign(scalar, { value: 'null', type: 'PLAIN' })
      else if (scalar.value === 'null') scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** An entry for each finding; one for several that have the same values. */
function entriesFor(
  { check, columns, findings }: Outcome,
  by: Pick<Acceptance, 'until' | 'reason'>,
): Entry[] {
  const names = distinctNames(columns)
  const chosen = [...names.keys()].filter(at => check.key.length === 0 || check.key.includes(names[at]!))
  const entries = new Map(
    findings.map(row => {
      const finding = Object.fromEntries(chosen.map(at => [names[at]!, valueOf(row, columns, at)]))
      return [JSON.stringify(finding), { check: check.name, finding, ...by }]
    }),
  )
  return [...entries.values()]
}
