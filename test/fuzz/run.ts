import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { VARIABLES } from './expressions.ts'
import { Reference, type Outcome } from './reference.ts'
import { NAMED, oursText } from './named.ts'
import type { Statement } from './queries.ts'
import { Provider } from './server.ts'
import { respell } from './spell.ts'
import { everything, print, type Dialect, type Node } from './tree.ts'
import { catalogAt, type Dataset } from './world.ts'

export type Rows = readonly (readonly Value[])[]

/** The outcome of a statement; `fault` names the failure. */
export interface Verdict {
  readonly fault?: string
  readonly detail?: string
  /** Both sides rejected it, or a parameter was missing where that is allowed. */
  readonly refused?: string
  /** Paths with queries of the requests that were sent. */
  readonly asked: readonly string[]
  readonly rows: number
}

interface Ours {
  readonly rows: Rows
  readonly error?: unknown
}

/** A session on a loopback provider, and the reference with the same data. */
export class Bench {
  readonly provider = new Provider()
  readonly reference = new Reference()
  #session: Session | undefined

  async start(): Promise<void> {
    await this.provider.start()
  }

  /** Another set of data, with a session that has the views and tables made of it. */
  async load(data: Dataset): Promise<void> {
    this.provider.data = data
    this.reference.load(data)
    await this.#session?.close()
    const views = NAMED.filter(n => n.query !== undefined).map(n => ({
      name: n.name,
      summary: n.plain,
      sql: oursText(n.query!),
    }))
    this.#session = new Session({
      catalog: catalogAt(this.provider.url, views),
      connect: async () => createClient({ env: {}, retries: 0 }),
      variables: VARIABLES,
    })
    for (const { make } of NAMED) if (make !== undefined) await this.#run(oursText(make))
  }

  /** The rows of the last statement of a script. */
  async #run(sql: string): Promise<(readonly Value[])[]> {
    let rows: (readonly Value[])[] = []
    for await (const result of this.#session!.run(sql, AbortSignal.timeout(20_000))) {
      rows = []
      for await (const row of result.rows) rows.push([...row])
    }
    return rows
  }

  async stop(): Promise<void> {
    await this.#session?.close()
    await this.provider.stop()
    this.reference.close()
  }

  async ours(sql: string): Promise<Ours> {
    try {
      return { rows: await this.#run(sql) }
    } catch (error) {
      return { rows: [], error }
    }
  }

  /** Runs a statement on both sides and compares. A duplicate request must happen again to count, since a request of the statement before may arrive late. */
  async check(statement: Statement): Promise<Verdict> {
    const first = await this.#compare(statement)
    return first.fault === 'sent twice' ? this.#compare(statement) : first
  }

  /** The result of a statement and its setup in plain SQLite. */
  expected(statement: Statement): Outcome {
    const text = referenceSql(statement)
    return statement.before
      ? this.reference.runAfter(print(statement.before.script, 'plain'), text, VARIABLES)
      : this.reference.run(text, VARIABLES)
  }

  async #compare(statement: Statement): Promise<Verdict> {
    const expected = this.expected(statement)
    this.provider.asked.length = 0
    const { rows, error } = await this.ours(scriptOf(statement))
    const asked = [...this.provider.asked]
    for (const [kind, name] of [...(statement.before?.makes ?? [])].reverse())
      await this.#run(`DROP ${kind} IF EXISTS ${name}`)
    const counts = { asked, rows: rows.length }
    const twice = statement.before
      ? undefined
      : asked.find((url, i) => asked.indexOf(url) !== i && !LOOKUP.test(url))
    if (error !== undefined) return { ...counts, ...errorVerdict(error, statement, expected, asked) }
    if ('error' in expected)
      return { ...counts, fault: 'accepted', detail: `SQLite refuses it: ${expected.error}` }
    if (statement.isSpoilt) return { ...counts, refused: 'no mistake' }
    const wrong = compare(statement, expected.rows, rows)
    if (wrong && NUMBER_BESIDE_PATH.test(referenceSql(statement)))
      return { ...counts, refused: 'number beside a path' }
    if (wrong && INPUT_MERGED.test(referenceSql(statement)))
      return { ...counts, refused: 'input column in NATURAL JOIN' }
    if (wrong) return { ...counts, ...wrong }
    return twice === undefined ? counts : { ...counts, fault: 'sent twice', detail: twice }
  }
}

/** A list of parents is read again where a table has no rows, to tell whether a name stands where an id belongs. */
export const LOOKUP = /^\/orgs\?page_size=4(?:&page_token=\d+)?$/

/** Ours compares a variable that is a number as a text beside a text in an object, as beside a column of texts; plain SQLite does not. test/plan has that rule. */
const NUMBER_BESIDE_PATH =
  /->> '[^']*'\)+ (?:[=<>!]+|IS(?: NOT)?|LIKE|GLOB|(?:NOT )?IN \([^()]*|(?:NOT )?BETWEEN [^()]*) ?:(?:number|real)\b|\bCASE [^:]*->>[^:]* WHEN :(?:number|real)\b|:(?:number|real) [=<>!]+ \(+[\w."]+ ->> /i

/** NATURAL JOIN requests the view of the first table from the second too, as an equality would; the reference has rows without a view there. */
const INPUT_MERGED =
  /\bnotes\b.*NATURAL (?:(?:LEFT|RIGHT|FULL|INNER) )?(?:OUTER )?JOIN (?:\(SELECT \* FROM )?"?notes\b/

/** The statement as our users write it. */
export function printed(statement: Statement): string {
  const { loose, spelling } = statement
  const limit =
    loose === undefined ? '' : ` LIMIT ${loose.limit}${loose.offset > 0 ? ` OFFSET ${loose.offset}` : ''}`
  const text = whole(statement, 'ours') + limit
  return spelling === undefined ? text : respell(text, spelling)
}

/** The statement and its setup as our users write them. */
export function scriptOf(statement: Statement): string {
  const before = statement.before ? `${print(statement.before.script, 'ours')}; ` : ''
  return before + printed(statement)
}

/** The statement for the reference, which gives all rows where LIMIT may choose any of them. */
export function referenceSql(statement: Statement): string {
  return whole(statement, 'plain')
}

function whole({ tree, tail }: Statement, dialect: Dialect): string {
  return print(tree, dialect) + (tail ? print(tail, dialect) : '')
}

/** The error for a text key that is compared with a number: no request can select all matches. */
const AS_NUMBER = 'compare it with CAST(… AS TEXT)'

/** We reject a number or boolean compared with a constant text, and a text compared with a constant number, where SQLite gives a useless answer. test/plan has the rule. */
const BESIDE_TEXT = /is an? \w+, which cannot be compared with the (?:text|number|boolean)/

/** A bound that is no day or time is an error of ours. */
const NO_TIME = /has (?:days|times), and .* is none$/

/** An empty key, `.` or `..` of a path is an error of ours. test/faults/keys.test.ts has the rule. */
const NO_SEGMENT = /cannot be '\.{0,2}' in .*: it is a part of the URL's path$/

const WHOLE_OBJECT =
  / would compare the whole object| is an object in one part of the UNION and none in another$/

function errorVerdict(
  error: unknown,
  statement: Statement,
  expected: Outcome,
  asked: readonly string[],
): Pick<Verdict, 'fault' | 'detail' | 'refused'> {
  if (!(error instanceof ConfluentqlError))
    return { fault: 'crash', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  const detail = `${error.code}: ${error.message}`
  const planned =
    ['SYNTAX', 'UNKNOWN_NAME', 'MISSING_PARAMETER', 'UNSUPPORTED'].includes(error.code)
    || ('refused' in expected && expected.refused)
  if (planned && asked.length > 0)
    return { fault: 'request before an error', detail: `${detail}; ${asked.join(' ')}` }
  if (statement.isSpoilt && 'rows' in expected) return { refused: 'no mistake' }
  if (NO_TIME.test(error.message) && 'rows' in expected)
    return asked.length > 0 ? { fault: 'request before an error', detail } : { refused: 'no day or time' }
  if (BESIDE_TEXT.test(error.message) && 'rows' in expected)
    return asked.length > 0
      ? { fault: 'request before an error', detail }
      : { refused: 'number beside a text' }
  if (WHOLE_OBJECT.test(error.message) && 'rows' in expected)
    return asked.length > 0 ? { fault: 'request before an error', detail } : { refused: 'whole object' }
  if (error.code === 'VALUE' && NO_SEGMENT.test(error.message)) return { refused: 'no segment of a path' }
  if (error.code === 'VALUE' && / is the name of .* takes the id$/.test(error.message))
    return { refused: 'a name where an id belongs' }
  if (error.code === 'MISSING_PARAMETER' && 'rows' in expected) {
    if (error.hint?.includes(AS_NUMBER)) return { refused: 'text key compared with a number' }
    return statement.answerable ? { fault: 'missing parameter', detail } : { refused: 'missing parameter' }
  }
  // SQLite finds an aggregate of the query around only where it has not left out the column that it stands in
  if (/misuse of aggregate/.test(error.message) && asked.length === 0)
    return { refused: 'misuse of aggregate' }
  if ('error' in expected)
    return { refused: statement.isSpoilt ? 'mistake' : expected.error.replace(/:.*/s, '') }
  return { fault: `error ${error.code}`, detail }
}

function keyOf(row: readonly Value[]): string {
  return JSON.stringify(row, (_, v: unknown) =>
    typeof v === 'bigint'
      ? Number(v)
      : v === null
        ? null
        : typeof v === 'object' && !Array.isArray(v)
          ? String(v)
          : v,
  )
}

function compare(
  { order, loose }: Statement,
  expected: Rows,
  actual: Rows,
): Pick<Verdict, 'fault' | 'detail'> | undefined {
  const count = (rows: Rows): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
    return counts
  }
  const [want, have] = [count(expected), count(actual)]
  const lost = [...want].filter(([k, n]) => (have.get(k) ?? 0) < n).map(([k]) => k)
  const extra = [...have].filter(([k, n]) => (want.get(k) ?? 0) < n).map(([k]) => k)
  const size = loose ? Math.min(loose.limit, Math.max(0, expected.length - loose.offset)) : expected.length
  const detail = `${actual.length} rows, ${size} expected; missing: ${lost.slice(0, 3).join(' ') || '-'}; too many: ${extra.slice(0, 3).join(' ') || '-'}`
  if (actual.length !== size || extra.length > 0 || (!loose && lost.length > 0))
    return { fault: 'rows', detail }
  if (!order) return undefined
  const keys = (rows: Rows): string[] =>
    rows.map(r =>
      keyOf(
        order.map(({ column, nocase }) => {
          const v = r[column] ?? null
          return nocase && typeof v === 'string' ? v.replace(/[A-Z]/g, c => c.toLowerCase()) : v
        }),
      ),
    )
  const [wanted, found] = [keys(expected), keys(actual)]
  const at = wanted.findIndex((k, i) => k !== found[i])
  return at < 0
    ? undefined
    : { fault: 'order', detail: `row ${at + 1}: ${found[at]}, expected ${wanted[at]}` }
}

/** Whether a smaller tree still gives each table the keys that the original gave it. */
export function keepsKeys(from: Node, to: Node): boolean {
  const keys = (root: Node): Map<number, number> => {
    const found = new Map<number, number>()
    for (const n of everything(root))
      if (n.kind === 'group' && n.keyOf !== undefined) found.set(n.keyOf, (found.get(n.keyOf) ?? 0) + 1)
    return found
  }
  const [before, after] = [keys(from), keys(to)]
  return everything(to).every(
    n => (n.kind !== 'table' && n.kind !== 'named') || (before.get(n.id) ?? 0) === (after.get(n.id) ?? 0),
  )
}
