import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORMS, makeForm } from './forms/forms.ts'
import { excess, makeLookup } from './lookups.ts'
import { Generator, type Statement } from './queries.ts'
import { Random } from './random.ts'
import { Bench, referenceSql, keepsKeys, printed, scriptOf, type Verdict, LOOKUP } from './run.ts'
import { shrink } from './shrink.ts'
import { makeData } from './world.ts'

/** How many statements, or for how many seconds, from which seed on, and after how many failures to stop. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const COUNT = Number(process.env.FUZZ_STATEMENTS ?? 600)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const MOST = Number(process.env.FUZZ_FAILURES ?? 1)
/** Statements over one set of data; each has its own seed, so that one can be run again by itself. */
const PER_DATASET = 100

const bench = new Bench()
let loaded = -1
/** Loads the data that a seed's statement runs on. */
async function loadFor(seed: number): Promise<void> {
  const dataset = Math.floor(seed / PER_DATASET)
  if (dataset !== loaded) await bench.load(makeData(new Random(dataset + 1_000_000)))
  loaded = dataset
}

beforeAll(() => bench.start())
afterAll(() => bench.stop())

interface Failure {
  readonly seed: number
  readonly statement: Statement
  readonly verdict: Verdict
}

async function smallest({ seed, statement, verdict }: Failure): Promise<Failure> {
  const small = await shrink(statement, async candidate => {
    const again = await bench.check(candidate)
    return (
      again.fault === verdict.fault
      && (again.fault !== 'missing parameter' || keepsKeys(statement.tree, candidate.tree))
    )
  })
  const last = await bench.check(small)
  return last.fault
    ? { seed, statement: small, verdict: last }
    : { seed, statement, verdict: { ...verdict, detail: `(only once) ${verdict.detail}` } }
}

function report({ seed, statement, verdict }: Failure): string {
  const form = statement.features.find(f => f in FORMS)
  return `${form === undefined ? '' : `FUZZ_FORM='${form}' `}FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${verdict.fault}: ${verdict.detail}\n  ours:  ${scriptOf(statement)}\n  plain: ${referenceSql(statement)}`
}

/** Whether there is more to try, of what began then. */
const goesOn = (tried: number, count: number, started: number): boolean =>
  SECONDS > 0 ? performance.now() - started < (SECONDS * 1000) / 3 : tried < count

test(`${SECONDS > 0 ? '' : `${COUNT} `}generated statements from seed ${SEED} give the rows that SQLite gives on the complete tables`, async () => {
  const failures: Failure[] = []
  const tally = new Map<string, number>()
  const add = (name: string): void => {
    tally.set(name, (tally.get(name) ?? 0) + 1)
  }
  const started = performance.now()
  for (let seed = SEED; goesOn(seed - SEED, COUNT, started) && failures.length < MOST; seed++) {
    await loadFor(seed)
    const statement = new Generator(new Random(seed)).statement()
    const verdict = await bench.check(statement)
    statement.features.forEach(add)
    add(verdict.refused === undefined ? (verdict.fault ? 'FAULT' : 'ANSWERED') : `REFUSED ${verdict.refused}`)
    if (verdict.rows > 0) add('WITH ROWS')
    if (verdict.fault) failures.push(await smallest({ seed, statement, verdict }))
  }
  if (process.env.FUZZ_REPORT) {
    const lines = [...tally].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n}\t${name}`)
    writeFileSync(
      process.env.FUZZ_REPORT,
      `${Math.round(performance.now() - started)} ms\n${lines.join('\n')}\n\n${failures.map(report).join('\n\n')}\n`,
    )
  }
  expect(failures.map(report).join('\n\n')).toBe('')
  const checked = [...tally].reduce(
    (sum, [name, n]) => (/^(?:ANSWERED|REFUSED .*)$/.test(name) ? sum + n : sum),
    0,
  )
  if (SECONDS > 0) console.log(`${checked} statements from seed ${SEED}`)
  expect(tally.get('ANSWERED') ?? 0).toBeGreaterThanOrEqual(Math.floor(checked / 2))
}, 3_600_000)

test(`${SECONDS > 0 ? '' : `${Math.ceil(COUNT / 3)} `}lookups cost no more requests than the least that could answer them`, async () => {
  const faults: string[] = []
  let answered = 0
  let tried = 0
  const started = performance.now()
  for (let seed = SEED; goesOn(tried, COUNT / 3, started) && faults.length < MOST; seed++, tried++) {
    await loadFor(seed)
    const lookup = makeLookup(new Random(seed))
    const verdict = await bench.check(lookup.statement)
    const wrong =
      verdict.fault === undefined
        ? verdict.refused === undefined
          ? excess(
              lookup,
              lookup.table.resource.name === 'orgs'
                ? verdict.asked
                : verdict.asked.filter(url => !LOOKUP.test(url)),
              bench.provider.data,
            )
          : undefined
        : `${verdict.fault}: ${verdict.detail}`
    if (wrong !== undefined)
      faults.push(`FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${printed(lookup.statement)}\n  ${wrong}`)
    else if (verdict.refused === undefined) answered++
  }
  expect(faults.join('\n\n')).toBe('')
  expect(answered).toBeGreaterThanOrEqual(Math.floor(tried / 2))
}, 3_600_000)

/** What became of the statements of a form. */
interface Tally {
  tried: number
  answered: number
  /** Answers that SQLite says have no row. */
  empty: number
  readonly refused: Map<string, number>
}

/** A form's line in the report: how many were tried, answered, and answered with rows. */
function line(name: string, { tried, answered, empty, refused }: Tally): string {
  const reasons = [...refused].map(([reason, n]) => `${n} ${reason}`).join(', ')
  return `${name}: ${tried} tried, ${answered} answered, ${answered - empty} with rows${reasons ? `; refused: ${reasons}` : ''}`
}

/** The forms to try, all unless FUZZ_FORM names one. */
const NAMES = Object.keys(FORMS).filter(name => [undefined, name].includes(process.env.FUZZ_FORM))

test(`${SECONDS > 0 ? '' : `${COUNT} `}statements of the forms from seed ${SEED}, most with rows, give the rows that SQLite gives`, async () => {
  const failures: Failure[] = []
  const tallies = new Map(
    NAMES.map((n): [string, Tally] => [n, { tried: 0, answered: 0, empty: 0, refused: new Map() }]),
  )
  const rowsOf = (statement: Statement): number => {
    const expected = bench.expected(statement)
    return 'rows' in expected ? expected.rows.length : 0
  }
  const started = performance.now()
  for (let seed = SEED; goesOn(seed - SEED, COUNT, started) && failures.length < MOST; seed++) {
    await loadFor(seed)
    const name = NAMES[seed % NAMES.length]!
    const statement = makeForm(name, seed, bench.provider.data, s => rowsOf(s) > 0)
    const verdict = await bench.check(statement)
    const tally = tallies.get(name)!
    tally.tried++
    if (verdict.refused !== undefined)
      tally.refused.set(verdict.refused, (tally.refused.get(verdict.refused) ?? 0) + 1)
    else if (verdict.fault === undefined) tally.answered++
    if (verdict.refused === undefined && verdict.fault === undefined && verdict.rows === 0) tally.empty++
    if (verdict.fault) failures.push(await smallest({ seed, statement, verdict }))
  }
  const lines = [...tallies].map(([name, tally]) => line(name, tally))
  if (process.env.FUZZ_REPORT)
    appendFileSync(process.env.FUZZ_REPORT, `\n${lines.join('\n')}\n\n${failures.map(report).join('\n\n')}\n`)
  expect(failures.map(report).join('\n\n')).toBe('')
  for (const [name, { tried, answered, empty, refused }] of tallies) {
    expect(answered * 2, line(name, { tried, answered, empty, refused })).toBeGreaterThanOrEqual(tried - 1)
    expect((answered - empty) * 2, line(name, { tried, answered, empty, refused })).toBeGreaterThanOrEqual(
      answered - 1,
    )
  }
}, 3_600_000)
