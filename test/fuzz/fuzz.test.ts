import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORMS, makeForm } from './forms/forms.ts'
import { excess, makeLookup } from './lookups.ts'
import { Generator, type Statement } from './queries.ts'
import { Random } from './random.ts'
import { Harness, referenceSql, keepsKeys, statementText, scriptOf, type Verdict, LOOKUP } from './harness.ts'
import { shrink } from './shrink.ts'
import { makeData } from './schema.ts'

/** Duration or number of statements, the first seed, and the number of failures after which the test stops. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0)
const COUNT = Number(process.env.FUZZ_STATEMENTS ?? 600)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const MAX_FAILURES = Number(process.env.FUZZ_FAILURES ?? 1)
/** Statements per dataset. Each statement has its own seed, so it can be repeated alone. */
const PER_DATASET = 100

const harness = new Harness()
let loaded = -1
/** Loads the dataset for the statement of a seed. With little concurrency, three keys are enough to compare them with a list. */
async function loadFor(seed: number): Promise<void> {
  const dataset = Math.floor(seed / PER_DATASET)
  const concurrency = [32, 1, 2][dataset % 3]
  if (dataset !== loaded) await harness.load(makeData(new Random(dataset + 1_000_000)), concurrency)
  loaded = dataset
}

beforeAll(() => harness.start())
afterAll(() => harness.stop())

interface Failure {
  readonly seed: number
  readonly statement: Statement
  readonly verdict: Verdict
}

async function minimize({ seed, statement, verdict }: Failure): Promise<Failure> {
  const small = await shrink(statement, async candidate => {
    const again = await harness.check(candidate)
    return (
      again.fault === verdict.fault
      && (again.fault !== 'missing parameter' || keepsKeys(statement.tree, candidate.tree))
    )
  })
  const last = await harness.check(small)
  return last.fault
    ? { seed, statement: small, verdict: last }
    : { seed, statement, verdict: { ...verdict, detail: `(only once) ${verdict.detail}` } }
}

function report({ seed, statement, verdict }: Failure): string {
  const form = statement.features.find(f => f in FORMS)
  return `${form === undefined ? '' : `FUZZ_FORM='${form}' `}FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${verdict.fault}: ${verdict.detail}\n  confluentql: ${scriptOf(statement)}\n  sqlite:      ${referenceSql(statement)}`
}

/** Whether the time or the number of statements is not used up yet. */
const shouldContinue = (tried: number, count: number, started: number): boolean =>
  SECONDS > 0 ? performance.now() - started < (SECONDS * 1000) / 3 : tried < count

test(`${SECONDS > 0 ? '' : `${COUNT} `}generated statements from seed ${SEED} give the rows that SQLite gives on the complete tables`, async () => {
  const failures: Failure[] = []
  const tally = new Map<string, number>()
  const add = (name: string): void => {
    tally.set(name, (tally.get(name) ?? 0) + 1)
  }
  const started = performance.now()
  for (
    let seed = SEED;
    shouldContinue(seed - SEED, COUNT, started) && failures.length < MAX_FAILURES;
    seed++
  ) {
    await loadFor(seed)
    const statement = new Generator(new Random(seed)).statement()
    const verdict = await harness.check(statement)
    statement.features.forEach(add)
    add(
      verdict.rejected === undefined
        ? verdict.fault
          ? 'FAULT'
          : 'ANSWERED'
        : `REJECTED ${verdict.rejected}`,
    )
    if (verdict.rows > 0) add('WITH ROWS')
    if (verdict.fault) failures.push(await minimize({ seed, statement, verdict }))
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
    (sum, [name, n]) => (/^(?:ANSWERED|REJECTED .*)$/.test(name) ? sum + n : sum),
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
  for (
    let seed = SEED;
    shouldContinue(tried, COUNT / 3, started) && faults.length < MAX_FAILURES;
    seed++, tried++
  ) {
    await loadFor(seed)
    const lookup = makeLookup(new Random(seed))
    const verdict = await harness.check(lookup.statement)
    const wrong =
      verdict.fault === undefined
        ? verdict.rejected === undefined
          ? excess(
              lookup,
              lookup.table.resource.name === 'orgs'
                ? verdict.requests
                : verdict.requests.filter(url => !LOOKUP.test(url)),
              harness.provider.data,
              harness.concurrency,
            )
          : undefined
        : `${verdict.fault}: ${verdict.detail}`
    if (wrong !== undefined)
      faults.push(`FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${statementText(lookup.statement)}\n  ${wrong}`)
    else if (verdict.rejected === undefined) answered++
  }
  expect(faults.join('\n\n')).toBe('')
  expect(answered).toBeGreaterThanOrEqual(Math.floor(tried / 2))
}, 3_600_000)

/** Results of the statements of one form. */
interface Tally {
  tried: number
  answered: number
  /** Answers without rows. */
  empty: number
  readonly rejected: Map<string, number>
}

/** A form's line in the report: how many were tried, answered, and answered with rows. */
function line(name: string, { tried, answered, empty, rejected }: Tally): string {
  const reasons = [...rejected].map(([reason, n]) => `${n} ${reason}`).join(', ')
  return `${name}: ${tried} tried, ${answered} answered, ${answered - empty} with rows${reasons ? `; rejected: ${reasons}` : ''}`
}

/** The forms to test: all, unless FUZZ_FORM names one. */
const NAMES = Object.keys(FORMS).filter(name => [undefined, name].includes(process.env.FUZZ_FORM))

test(`${SECONDS > 0 ? '' : `${COUNT} `}statements of the forms from seed ${SEED}, most with rows, give the rows that SQLite gives`, async () => {
  const failures: Failure[] = []
  const tallies = new Map(
    NAMES.map((n): [string, Tally] => [n, { tried: 0, answered: 0, empty: 0, rejected: new Map() }]),
  )
  const rowsOf = (statement: Statement): number => {
    const expected = harness.expected(statement)
    return 'rows' in expected ? expected.rows.length : 0
  }
  const started = performance.now()
  for (
    let seed = SEED;
    shouldContinue(seed - SEED, COUNT, started) && failures.length < MAX_FAILURES;
    seed++
  ) {
    await loadFor(seed)
    const name = NAMES[seed % NAMES.length]!
    const statement = makeForm(name, seed, harness.provider.data, s => rowsOf(s) > 0)
    const verdict = await harness.check(statement)
    const tally = tallies.get(name)!
    tally.tried++
    if (verdict.rejected !== undefined)
      tally.rejected.set(verdict.rejected, (tally.rejected.get(verdict.rejected) ?? 0) + 1)
    else if (verdict.fault === undefined) tally.answered++
    if (verdict.rejected === undefined && verdict.fault === undefined && verdict.rows === 0) tally.empty++
    if (verdict.fault) failures.push(await minimize({ seed, statement, verdict }))
  }
  const lines = [...tallies].map(([name, tally]) => line(name, tally))
  if (process.env.FUZZ_REPORT)
    appendFileSync(process.env.FUZZ_REPORT, `\n${lines.join('\n')}\n\n${failures.map(report).join('\n\n')}\n`)
  expect(failures.map(report).join('\n\n')).toBe('')
  for (const [name, { tried, answered, empty, rejected }] of tallies) {
    expect(answered * 2, line(name, { tried, answered, empty, rejected })).toBeGreaterThanOrEqual(tried - 1)
    expect((answered - empty) * 2, line(name, { tried, answered, empty, rejected })).toBeGreaterThanOrEqual(
      answered - 1,
    )
  }
}, 3_600_000)
