import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { VARIABLES } from './expressions.ts'
import { Reference, type Outcome } from './reference.ts'
import { NAMED_RELATIONS, confluentqlText } from './named-relations.ts'
import type { Statement } from './queries.ts'
import { ProviderServer } from './server.ts'
import { respell } from './spelling.ts'
import { allNodes, print, type Dialect, type Node } from './tree.ts'
import { catalogAt, type Dataset } from './schema.ts'

export type Rows = readonly (readonly Value[])[]

/** The outcome of a statement; `fault` names the failure. */
export interface Verdict {
  readonly fault?: string
  readonly detail?: string
  /** Why the statement was rejected, if that is allowed: the reference rejects it too, or a documented exception applies. */
  readonly rejected?: string
  /** Path and query of each request. */
  readonly requests: readonly string[]
  readonly rows: number
}

interface Actual {
  readonly rows: Rows
  readonly error?: unknown
}

/** A session on a loopback server, and the reference with the same data. */
export class Harness {
  readonly provider = new ProviderServer()
  readonly reference = new Reference()
  concurrency = 32
  #session: Session | undefined

  async start(): Promise<void> {
    await this.provider.start()
  }

  /** Loads a dataset into server and reference, and opens a session with the named relations. */
  async load(data: Dataset, concurrency = 32): Promise<void> {
    this.concurrency = concurrency
    this.provider.data = data
    this.reference.load(data)
    await this.#session?.close()
    const views = NAMED_RELATIONS.filter(n => n.query !== undefined).map(n => ({
      name: n.name,
      summary: n.sqliteName,
      sql: confluentqlText(n.query!),
    }))
    this.#session = new Session({
      catalog: catalogAt(this.provider.url, views),
      connect: async () => createClient({ env: {}, retries: 0, concurrency }),
      variables: VARIABLES,
    })
    for (const { create } of NAMED_RELATIONS)
      if (create !== undefined) await this.#run(confluentqlText(create))
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

  async execute(sql: string): Promise<Actual> {
    try {
      return { rows: await this.#run(sql) }
    } catch (error) {
      return { rows: [], error }
    }
  }

  /** Runs a statement on both sides and compares. A duplicate request counts only if it happens again, because a late request of the previous statement may arrive. */
  async check(statement: Statement): Promise<Verdict> {
    const first = await this.#compare(statement)
    return first.fault === 'duplicate request' ? this.#compare(statement) : first
  }

  /** The result of a statement and its setup in the reference. */
  expected(statement: Statement): Outcome {
    const text = referenceSql(statement)
    return statement.setup
      ? this.reference.runAfter(print(statement.setup.script, 'sqlite'), text, VARIABLES)
      : this.reference.run(text, VARIABLES)
  }

  async #compare(statement: Statement): Promise<Verdict> {
    const expected = this.expected(statement)
    this.provider.requests.length = 0
    const { rows, error } = await this.execute(scriptOf(statement))
    const requests = [...this.provider.requests]
    for (const [kind, name] of [...(statement.setup?.creates ?? [])].reverse())
      await this.#run(`DROP ${kind} IF EXISTS ${name}`)
    const counts = { requests, rows: rows.length }
    const twice = statement.setup
      ? undefined
      : requests.find((url, i) => requests.indexOf(url) !== i && !LOOKUP.test(url))
    if (error !== undefined) return { ...counts, ...errorVerdict(error, statement, expected, requests) }
    if ('error' in expected)
      return { ...counts, fault: 'not rejected', detail: `SQLite rejects it: ${expected.error}` }
    if (statement.hasMistake) return { ...counts, rejected: 'mistake without effect' }
    const wrong = compare(statement, expected.rows, rows)
    if (wrong && NUMBER_AND_PATH.test(referenceSql(statement)))
      return { ...counts, rejected: 'number compared with a path' }
    if (wrong && INPUT_MERGED.test(referenceSql(statement)))
      return { ...counts, rejected: 'input column in NATURAL JOIN' }
    if (wrong) return { ...counts, ...wrong }
    return twice === undefined ? counts : { ...counts, fault: 'duplicate request', detail: twice }
  }
}

/** Requests that may be repeated: for a table without rows, the list of parents is read again to detect a name in place of an id. */
export const LOOKUP = /^\/orgs\?page_size=4(?:&page_token=\d+)?$/

/** The session compares a numeric variable with a text in an object as text, as for a text column; SQLite does not. test/plan tests that rule. */
const NUMBER_AND_PATH =
  /->> '[^']*'\)+ (?:[=<>!]+|IS(?: NOT)?|LIKE|GLOB|(?:NOT )?IN \([^()]*|(?:NOT )?BETWEEN [^()]*) ?:(?:number|real)\b|\bCASE [^:]*->>[^:]* WHEN :(?:number|real)\b|:(?:number|real) [=<>!]+ \(+[\w."]+ ->> /i

/** In a NATURAL JOIN the session sends the `view` of the first table to the second too. The reference has no `view` there. */
const INPUT_MERGED =
  /\bnotes\b.*NATURAL (?:(?:LEFT|RIGHT|FULL|INNER) )?(?:OUTER )?JOIN (?:\(SELECT \* FROM )?"?notes\b/

/** The statement in our dialect. */
export function statementText(statement: Statement): string {
  const { unorderedLimit, spelling } = statement
  const limit =
    unorderedLimit === undefined
      ? ''
      : ` LIMIT ${unorderedLimit.limit}${unorderedLimit.offset > 0 ? ` OFFSET ${unorderedLimit.offset}` : ''}`
  const text = fullText(statement, 'confluentql') + limit
  return spelling === undefined ? text : respell(text, spelling)
}

/** The setup script and the statement in our dialect. */
export function scriptOf(statement: Statement): string {
  const before = statement.setup ? `${print(statement.setup.script, 'confluentql')}; ` : ''
  return before + statementText(statement)
}

/** The statement for the reference. It returns all rows where LIMIT may choose any of them. */
export function referenceSql(statement: Statement): string {
  return fullText(statement, 'sqlite')
}

function fullText({ tree, tail }: Statement, dialect: Dialect): string {
  return print(tree, dialect) + (tail ? print(tail, dialect) : '')
}

/** The error for a text key that is compared with a number: no request can select all matches. */
const CAST_HINT = 'so no request can select all matches'

/** The session rejects a number or boolean compared with a constant text, and a text compared with a constant number, where SQLite gives a useless answer. test/plan tests the rule. */
const TYPE_MISMATCH = /is an? \w+, which cannot be compared with the (?:text|number|boolean)/

/** The session rejects arithmetic with a text that is no number, and with a time, of which SQLite takes the digits that it begins with. */
const TEXT_ARITHMETIC = /is a text, which is 0 for "|^a time is a text: "/

/** The session rejects a bound that is not a day or time. */
const INVALID_TIME = /is a (?:date|timestamp), and .* is none$/

/** The session rejects an empty key and the keys `.` and `..` in a path. test/faults/keys.test.ts tests the rule. */
const INVALID_SEGMENT = /cannot be '\.{0,2}' in .*: it is a part of the URL's path$/

const WHOLE_OBJECT =
  / would compare the whole object| is an object in one part of the UNION and none in another$/

function errorVerdict(
  error: unknown,
  statement: Statement,
  expected: Outcome,
  requests: readonly string[],
): Pick<Verdict, 'fault' | 'detail' | 'rejected'> {
  if (!(error instanceof ConfluentqlError))
    return { fault: 'crash', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  const detail = `${error.code}: ${error.message}`
  const planned =
    ['SYNTAX', 'UNKNOWN_NAME', 'MISSING_PARAMETER', 'UNSUPPORTED'].includes(error.code)
    || ('rejected' in expected && expected.rejected)
  if (planned && requests.length > 0)
    return { fault: 'request before an error', detail: `${detail}; ${requests.join(' ')}` }
  if (statement.hasMistake && 'rows' in expected) return { rejected: 'mistake without effect' }
  if (INVALID_TIME.test(error.message) && 'rows' in expected)
    return requests.length > 0
      ? { fault: 'request before an error', detail }
      : { rejected: 'invalid day or time' }
  if (TYPE_MISMATCH.test(error.message) && 'rows' in expected)
    return requests.length > 0
      ? { fault: 'request before an error', detail }
      : { rejected: 'number compared with a text' }
  if (TEXT_ARITHMETIC.test(error.message) && 'rows' in expected) return { rejected: 'arithmetic with a text' }
  if (WHOLE_OBJECT.test(error.message) && 'rows' in expected)
    return requests.length > 0 ? { fault: 'request before an error', detail } : { rejected: 'whole object' }
  if (error.code === 'VALUE' && INVALID_SEGMENT.test(error.message))
    return { rejected: 'invalid path segment' }
  if (error.code === 'VALUE' && / is the name of .* takes the id$/.test(error.message))
    return { rejected: 'name instead of an id' }
  if (error.code === 'MISSING_PARAMETER' && 'rows' in expected) {
    if (error.hint?.includes(CAST_HINT)) return { rejected: 'text key compared with a number' }
    return statement.answerable ? { fault: 'missing parameter', detail } : { rejected: 'missing parameter' }
  }
  // SQLite reports an aggregate of the outer query only if it did not optimize the column away
  if (/misuse of aggregate|aggregate.* cannot stand in/.test(error.message) && requests.length === 0)
    return { rejected: 'misuse of aggregate' }
  if ('error' in expected)
    return { rejected: statement.hasMistake ? 'mistake' : expected.error.replace(/:.*/s, '') }
  return { fault: `error ${error.code}`, detail }
}

function serializedRow(row: readonly Value[]): string {
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
  { order, unorderedLimit }: Statement,
  expected: Rows,
  actual: Rows,
): Pick<Verdict, 'fault' | 'detail'> | undefined {
  const count = (rows: Rows): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const row of rows) counts.set(serializedRow(row), (counts.get(serializedRow(row)) ?? 0) + 1)
    return counts
  }
  const [want, have] = [count(expected), count(actual)]
  const lost = [...want].filter(([k, n]) => (have.get(k) ?? 0) < n).map(([k]) => k)
  const extra = [...have].filter(([k, n]) => (want.get(k) ?? 0) < n).map(([k]) => k)
  const size = unorderedLimit
    ? Math.min(unorderedLimit.limit, Math.max(0, expected.length - unorderedLimit.offset))
    : expected.length
  const detail = `${actual.length} rows, ${size} expected; missing: ${lost.slice(0, 3).join(' ') || '-'}; too many: ${extra.slice(0, 3).join(' ') || '-'}`
  if (actual.length !== size || extra.length > 0 || (!unorderedLimit && lost.length > 0))
    return { fault: 'rows', detail }
  if (!order) return undefined
  const keys = (rows: Rows): string[] =>
    rows.map(r =>
      serializedRow(
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

/** Whether a smaller tree still binds the same number of keys of each table. */
export function keepsKeys(from: Node, to: Node): boolean {
  const keys = (root: Node): Map<number, number> => {
    const found = new Map<number, number>()
    for (const n of allNodes(root))
      if (n.kind === 'group' && n.keyOf !== undefined) found.set(n.keyOf, (found.get(n.keyOf) ?? 0) + 1)
    return found
  }
  const [before, after] = [keys(from), keys(to)]
  return allNodes(to).every(
    n => (n.kind !== 'table' && n.kind !== 'named') || (before.get(n.id) ?? 0) === (after.get(n.id) ?? 0),
  )
}
