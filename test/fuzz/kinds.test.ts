import Database from 'better-sqlite3'
import { beforeAll, expect, test } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import { Comparisons, makeRow, SERVICE, TABLE_COLUMNS, type Kind, type Row } from './kinds.ts'
import { Random } from './random.ts'

const COUNT = Number(process.env.FUZZ_STATEMENTS ?? 600)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const PER_DATASET = 50

type Cell = string | number | bigint | null

const isNumber = (text: string): boolean => /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)
const order = (a: Cell, b: Cell): number => (a! < b! ? -1 : a! > b! ? 1 : 0)

function timeOf(text: string): number {
  const time = text.replace(' ', 'T')
  return Date.parse(time.includes('T') && !time.endsWith('Z') ? `${time}Z` : time)
}

/** How a text compares with a number or boolean: by its digits, or by its value. A text that is no number is greater, as in SQLite. */
function compareText(text: string, value: number | bigint, kind: Kind, byDigits: boolean): number {
  if (kind === 'boolean') {
    const meant = { true: 1, false: 0, ...(!byDigits && { 1: 1, 0: 0 }) }[text]
    return meant === undefined ? 1 : meant - Number(value)
  }
  if (!isNumber(text)) return 1
  if (byDigits) return text === String(value) ? 0 : Number(text) < Number(value) ? -1 : 1
  return order(/^\s*[+-]?\d+\s*$/.test(text) ? BigInt(text.trim()) : Number(text), value)
}

const TIMES: ReadonlySet<Kind> = new Set(['time', 'day', 'datetime'])

/** The comparison that a user means: times by time, a number with a text that is one, a boolean with `true`. */
function compare(a: Cell, kindA: Kind, b: Cell, kindB: Kind, byDigits: boolean): number {
  if (TIMES.has(kindA) && TIMES.has(kindB)) return timeOf(String(a)) - timeOf(String(b))
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'string') return compareText(a, b as number, kindB, byDigits)
  if (typeof b === 'string') return -compareText(b, a as number, kindA, byDigits)
  return order(a, b)
}

function means(byDigits: boolean) {
  return (operator: string, a: Cell, kindA: Kind, b: Cell, kindB: Kind): bigint | null => {
    if (operator === 'IS NOT' && (a === null || b === null)) return BigInt(a !== b)
    if (a === null || b === null) return null
    const found = compare(a, kindA, b, kindB, byDigits)
    const isTrue = {
      '=': found === 0,
      '<>': found !== 0,
      'IS NOT': found !== 0,
      '<': found < 0,
      '<=': found <= 0,
      '>': found > 0,
    }[operator]
    return BigInt(isTrue ?? found >= 0)
  }
}

const textOf = (rows: readonly (readonly unknown[])[]): string =>
  rows
    .map(row =>
      row.map(v => (v === null ? 'NULL' : typeof v === 'boolean' ? Number(v) : String(v))).join('|'),
    )
    .toSorted()
    .join('\n')

let rows: Readonly<Record<string, readonly Row[]>> = {}
const notices: string[] = []
let url: string
let builtIn: string
beforeAll(async () => {
  url = await listen((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(`{"data":[${rows[/\w+/.exec(request.url!)![0]]!.map(r => r.json).join(',')}]}`)
  })
  builtIn = compiledProvider(oneHostProvider(), SERVICE)
})

/** SQLite with the same rows; the two ways in which a number may be meant beside a text. */
function references(): {
  readonly meant: (sql: string) => readonly string[]
  readonly plain: (sql: string) => string
} {
  const [byValue, byDigits] = [false, true].map(digits => {
    const db = new Database(':memory:')
    atEnd(() => db.close())
    db.defaultSafeIntegers(true)
    db.function(
      'means',
      { deterministic: true, safeIntegers: true },
      means(digits) as (...args: unknown[]) => unknown,
    )
    for (const table of ['things', 'others'])
      db.exec(
        `CREATE TABLE ${table} (${TABLE_COLUMNS}); ${rows[table]!.map(r => `INSERT INTO ${table} VALUES (${r.sql});`).join('')}`,
      )
    return (sql: string): string => textOf(db.prepare(sql).raw().all() as unknown[][])
  })
  return { meant: sql => [byValue!(sql), byDigits!(sql)], plain: byValue! }
}

test(`${COUNT} comparisons from seed ${SEED} are as they are meant, or an error or notice says that they are not`, async () => {
  const wrong: string[] = []
  let [right, withRows] = [0, 0]
  let session: Session
  let reference: ReturnType<typeof references>
  const answer = async (sql: string): Promise<string | ConfluentqlError> => {
    notices.length = 0
    try {
      const all: (readonly unknown[])[] = []
      for await (const result of session.run(sql, AbortSignal.timeout(20_000)))
        for await (const row of result.rows) all.push([...row])
      return textOf(all)
    } catch (error) {
      if (error instanceof ConfluentqlError && error.code === 'VALUE') return error
      throw new Error(sql, { cause: error })
    }
  }
  for (let seed = SEED; seed < SEED + COUNT && wrong.length === 0; seed++) {
    if ((seed - SEED) % PER_DATASET === 0) {
      const random = new Random(1_000_000 + Math.floor(seed / PER_DATASET))
      const table = (): Row[] => Array.from({ length: random.int(6, 12) }, (_, i) => makeRow(random, i))
      rows = { things: table(), others: table() }
      session = new Session({ onNotice: n => notices.push(n), env: { P_URL: url }, builtIn })
      const opened = session
      atEnd(() => opened.close())
      reference = references()
    }
    const { sql, meant } = new Comparisons(new Random(seed)).statement()
    const expected = reference!.meant(meant)
    const found = await answer(sql)
    if (found instanceof ConfluentqlError) {
      const [, write] =
        /^write ((?:CAST|iif|CASE)\b.*?)(?:, which is 744 for 744\.0)?$/s.exec(found.hint ?? '') ?? []
      // what < means for a boolean beside a text is open
      const isOrder = /means\('[<>]=?',/.test(meant)
      if (write === undefined || !found.span || isOrder || found.message.includes('would')) continue
      const again = await answer(sql.slice(0, found.span.start) + write + sql.slice(found.span.end))
      if (typeof again === 'string' && notices.length === 0 && !expected.includes(again))
        wrong.push(`FUZZ_SEED=${seed} FUZZ_STATEMENTS=1, as the hint says ${found.hint}: ${sql}`)
    } else if (expected.includes(found)) {
      right++
      if (found !== '') withRows++
    } else if (notices.length === 0) {
      wrong.push(
        `FUZZ_SEED=${seed} FUZZ_STATEMENTS=1: ${sql}\n${found.slice(0, 300)}\n\nmeant:\n${expected[0]!.slice(0, 300)}`,
      )
    }
  }
  expect(wrong.join('\n\n')).toBe('')
  expect(right * 2).toBeGreaterThanOrEqual(COUNT)
  expect(withRows * 2).toBeGreaterThanOrEqual(right)
}, 3_600_000)
