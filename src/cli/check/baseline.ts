import { promises as files } from 'node:fs'
import type { Scalar } from 'yaml'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import type { ResultColumn, Row } from '../../render/types.ts'
import { distinctNames, textOf } from '../../render/values.ts'
import { isDay } from '../day.ts'
import { cannotRead } from '../script/scripts.ts'

/** A finding that is accepted until a day. */
export interface Acceptance {
  /** `accepted.yaml:3` */
  readonly place: string
  readonly check: string
  /** Values of columns that identify the finding; null is NULL. */
  readonly finding: ReadonlyMap<string, string | null>
  /** The last day, `2026-12-31`. */
  readonly until: string
  readonly reason: string
}

/** An accepted row of a check. */
export interface Accepted {
  readonly row: Row
  readonly by: Pick<Acceptance, 'until' | 'reason'>
}

/** The rows of a check, divided by the baseline. */
export interface Judged {
  readonly findings: readonly Row[]
  readonly accepted: readonly Accepted[]
}

/** How NULL is written. */
const NULL_WORD = 'null'

const FORM = `a list of entries:
- check: no API key is older than a year
  finding: { api_key: ABCDEFGHIJKLMNOP }
  until: 2026-12-31
  reason: rotated with the release of December`

/** The text of a file of accepted findings. `mayBeNew`: it is empty if there is no file. @throws ConfluentqlError USAGE */
export async function baselineText(file: string, mayBeNew: boolean): Promise<string> {
  return files.readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (mayBeNew && error.code === 'ENOENT') return ''
    throw cannotRead(file, error)
  })
}

/** Reads accepted findings. All values are texts, except null without quotes, which is NULL. @throws ConfluentqlError USAGE */
export async function readBaseline(text: string, file: string): Promise<Acceptance[]> {
  const { parseDocument, LineCounter, isNode, visit } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'failsafe' })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken)
    throw new ConfluentqlError(
      'USAGE',
      `${file}:${lines.linePos(broken.pos[0]).line}: is not YAML (${broken.code})`,
    )
  visit(document, {
    Scalar(_, scalar) {
      if (isNull(scalar)) scalar.value = null
    },
  })
  const data: unknown = document.toJS({ maxAliasCount: 100 })
  if (data === null || data === undefined || data === '') return []
  if (!Array.isArray(data)) throw new ConfluentqlError('USAGE', `${file}: is not ${FORM}`)
  return data.map((entry: unknown, i) => {
    const node: unknown = document.getIn([i], true)
    const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1
    return acceptanceOf(entry, `${file}:${line}`)
  })
}

const isNull = ({ type, value, tag }: Scalar): boolean =>
  type === 'PLAIN' && tag === undefined && value === NULL_WORD

const KEYS = ['check', 'finding', 'until', 'reason'] as const

function acceptanceOf(entry: unknown, place: string): Acceptance {
  const wrong = (message: string): ConfluentqlError =>
    new ConfluentqlError('USAGE', `${place}: ${message}`, { hint: `write ${FORM}` })
  if (!isObject(entry)) throw wrong('the entry is not an object')
  const unknown = Object.keys(entry).find(key => !KEYS.some(k => k === key))
  if (unknown !== undefined) throw wrong(`no key ${JSON.stringify(unknown)} here${didYouMean(unknown, KEYS)}`)
  const text = (key: (typeof KEYS)[number]): string => {
    const value = entry[key]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
    throw wrong(`${key} is missing`)
  }
  const until = text('until')
  if (!isDay(until)) throw wrong(`until is not a day such as 2026-12-31`)
  const { finding } = entry
  // without columns the entry would accept every finding, also those that nobody has seen
  if (!isObject(finding) || Object.keys(finding).length === 0)
    throw wrong('finding needs the columns that identify it, with their values')
  const values = Object.entries(finding).map(([name, value]): [string, string | null] => {
    if (typeof value !== 'string' && value !== null) throw wrong(`finding.${name} must be one value`)
    return [name, value]
  })
  return { place, check: text('check'), finding: new Map(values), until, reason: text('reason') }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Accepted findings, and what is wrong with them. Days are those of UTC. */
export class Baseline {
  readonly #all: readonly Acceptance[]
  readonly #today: string
  /** Entries that have accepted a finding, or would have before they expired. */
  readonly #used = new Set<Acceptance>()
  /** Expired entries with a finding that no other entry accepts. */
  readonly #expired = new Set<Acceptance>()
  readonly #notices: string[] = []

  constructor(all: readonly Acceptance[], today: string) {
    this.#all = all
    this.#today = today
  }

  /** Takes out the accepted rows of a check. `isComplete`: nothing was left out of its answer. */
  judge(check: string, columns: readonly ResultColumn[], rows: readonly Row[], isComplete: boolean): Judged {
    const entries = this.#all.filter(one => one.check === check)
    if (entries.length === 0) return { findings: rows, accepted: [] }
    const findings: Row[] = []
    const accepted: Accepted[] = []
    const names = distinctNames(columns)
    for (const row of rows) {
      const fitting = entries.filter(one => fits(one, names, columns, row))
      for (const one of fitting) this.#used.add(one)
      const by = fitting.find(one => one.until >= this.#today)
      if (by) accepted.push({ row, by })
      else {
        findings.push(row)
        for (const one of fitting) this.#expired.add(one)
      }
    }
    for (const one of entries) {
      const lacking = [...one.finding.keys()].find(name => !names.includes(name))
      if (lacking !== undefined) {
        this.#used.add(one)
        this.#notices.push(`${one.place}: the check has no column ${lacking}${didYouMean(lacking, names)}`)
      } else if (this.#expired.has(one))
        this.#notices.push(
          `${one.place}: accepted until ${one.until}, which has passed: it is a finding again`,
        )
      else if (!this.#used.has(one) && isComplete)
        this.#notices.push(`${one.place}: matches no finding; remove it`)
      else if (this.#used.has(one) && one.until < this.#today)
        this.#notices.push(
          `${one.place}: has expired, and another entry accepts the same findings; remove it`,
        )
    }
    return { findings, accepted }
  }

  /** What to say about entries, after all checks. `answered` are the names of those that could be answered. */
  notices(names: readonly string[]): string[] {
    const lost = this.#all.filter(one => !names.includes(one.check))
    return [
      ...this.#notices,
      ...lost.map(
        one => `${one.place}: no check is called ${JSON.stringify(one.check)}${didYouMean(one.check, names)}`,
      ),
    ]
  }
}

function fits(
  { finding }: Acceptance,
  names: readonly string[],
  columns: readonly ResultColumn[],
  row: Row,
): boolean {
  return [...finding].every(([name, wanted]) => {
    const at = names.indexOf(name)
    if (at < 0) return false
    return valueOf(row, columns, at) === wanted
  })
}

/** The text of a value in a baseline; null for NULL. */
export const valueOf = (row: Row, columns: readonly ResultColumn[], at: number): string | null =>
  textOf(row[at], columns[at]!) ?? null
