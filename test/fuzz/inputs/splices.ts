import { Session } from '../../../src/engine/session.ts'
import { createClient } from '../../../src/http/client.ts'
import { literal } from '../../../src/plan/splice.ts'
import { isName, isOp, isWord, lex, type Token } from '../../../src/sql/lexer.ts'
import { VARIABLES } from '../expressions.ts'
import { Generator } from '../queries.ts'
import type { Random } from '../random.ts'
import { statementText } from '../harness.ts'
import { catalogAt } from '../schema.ts'
import { ensure, outcomeOf, type Target } from './target.ts'

/**
 * The tokens that no splice may change: all except names and the dots between them. A path into an object, `(x ->> '$.y')` or `x.y`,
 * gives no token. A table name becomes one name, may get an alias with AS, and loses its own parentheses.
 */
function fixedTokens(text: string): string[] {
  const { tokens } = lex(text)
  const found: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const path = isWord(tokens[i], 'CAST') ? castOfPath(tokens, i) : pathAt(tokens, i)
    const constant = constantAt(tokens, i)
    if (path > i) i = path - 1
    else if (constant) {
      found.push(literal(constant.value))
      i = constant.end - 1
    } else if (isTextOf(tokens, i)) {
      found.push(tokens[i + 2]!.text)
      i += 5
    } else if (isOp(tokens[i], ')') && found.at(-1) === '(') found.pop()
    // `+` removes an affinity
    else if (isOp(tokens[i], '+') && !isOperand(tokens[i - 1])) continue
    else if (!isPlainName(tokens[i]!) && !isOp(tokens[i], '.') && !isWord(tokens[i], 'AS'))
      found.push(tokens[i]!.kind === 'word' ? tokens[i]!.value : tokens[i]!.text)
  }
  return found
}

/** Words that are never names in the generated statements. */
const KEYWORDS = new Set(
  'SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET UNION ALL INTERSECT EXCEPT WITH RECURSIVE MATERIALIZED NOT IN EXISTS AND OR IS NULL LIKE GLOB ESCAPE BETWEEN CASE WHEN THEN ELSE END CAST COLLATE NOCASE JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL ON USING VALUES ASC DESC NULLS FIRST LAST OVER PARTITION ROWS FILTER INDEXED ISNULL NOTNULL'.split(
    ' ',
  ),
)
const isPlainName = (token: Token): boolean =>
  token.kind === 'name' || (token.kind === 'word' && !KEYWORDS.has(token.value))

/** Whether `CAST(:x AS TEXT)` begins here: the planner casts a variable that is compared with a text in an object. */
const isTextOf = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'CAST') && tokens[at + 2]?.kind === 'param' && isWord(tokens[at + 4], 'TEXT')

/**
 * The value of `'x'`, `lower('x')`, `+'x'` or `'x' || ''`, and the index after it; undefined where none begins. Beside the column of
 * a range such a constant is replaced by its value, since the value was sent.
 */
function constantAt(tokens: readonly Token[], at: number): { value: string; end: number } | undefined {
  const [first, second, third] = [tokens[at], tokens[at + 1], tokens[at + 2]]
  if (first?.kind === 'string')
    return isOp(second, '||') && third?.kind === 'string' && third.value === ''
      ? { value: first.value, end: at + 3 }
      : { value: first.value, end: at + 1 }
  if (isOp(first, '+') && second?.kind === 'string' && !isOperand(tokens[at - 1]))
    return { value: second.value, end: at + 2 }
  if (first?.kind === 'word' && first.value === 'LOWER' && isOp(second, '(') && third?.kind === 'string')
    return isOp(tokens[at + 3], ')') ? { value: lower(third.value), end: at + 4 } : undefined
  return undefined
}

/** Whether an operand ends with a token, so that `+` after it adds. */
const isOperand = (token: Token | undefined): boolean =>
  isOp(token, ')')
  || (token !== undefined && token.kind !== 'op' && !(token.kind === 'word' && KEYWORDS.has(token.value)))

/** As SQLite does, in ASCII only. */
const lower = (text: string): string => text.replace(/[A-Z]/g, c => c.toLowerCase())

/** The index after `(x.y ->> '$.z')`, or `at` if there is no such path. */
function pathAt(tokens: readonly Token[], at: number): number {
  if (!isOp(tokens[at], '(')) return at
  let i = at + 1
  while (isName(tokens[i]) || isOp(tokens[i], '.')) i++
  const isPath =
    i > at + 1
    && isOp(tokens[i], '->>')
    && tokens[i + 1]?.kind === 'string'
    && tokens[i + 1]!.value.startsWith('$')
    && isOp(tokens[i + 2], ')')
  return isPath ? i + 3 : at
}

/** The index after `CAST((x.y ->> '$.z') AS TEXT)`, for which there may be an index, or `CAST(x.y AS TEXT)`, or `at` if there is neither. */
function castOfPath(tokens: readonly Token[], at: number): number {
  let end = pathAt(tokens, at + 2)
  if (end === at + 2)
    while (isOp(tokens[end], '.') || (isName(tokens[end]) && !isWord(tokens[end], 'AS'))) end++
  return end > at + 2 && isWord(tokens[end + 1], 'TEXT') ? end + 3 : at
}

/** A text without the calls of functions for times, but with their arguments. */
function withoutCalls(text: string): string {
  let out = text
  for (let at = lastCall(out); at !== undefined; at = lastCall(out)) {
    const { tokens } = lex(out)
    let depth = 1
    let end = at + 2
    for (; depth > 0; end++) depth += isOp(tokens[end], '(') ? 1 : isOp(tokens[end], ')') ? -1 : 0
    const [name, open, close] = [tokens[at]!, tokens[at + 1]!, tokens[end - 1]!]
    out = `${out.slice(0, name.start)}${out.slice(open.end, close.start)} ${out.slice(close.end)}`
  }
  return out
}

function lastCall(text: string): number | undefined {
  const { tokens } = lex(text)
  const at = tokens.findLastIndex((t, i) => /^"\w+~"$/.test(t.text) && isOp(tokens[i + 1], '('))
  return at < 0 ? undefined : at
}

async function splices(r: Random, session: Session): Promise<void> {
  const statement = new Generator(r).statement()
  const sql = statementText(statement)
  // views are replaced by their queries, and numbers that are compared with a path are cast
  if (/\bfz\.(?:views?\b|\w+\b(?!\.))|EXEC\b|->>/i.test(sql) || statement.hasMistake) return
  await checkSplices(sql, session)
}

/** Checks that SQLite gets the statement as it is written, apart from names; whether it can be checked. @throws Fault */
export async function checkSplices(sql: string, session: Session): Promise<boolean> {
  const { value: plan } = await outcomeOf(sql, () => session.plan(sql))
  if (plan?.kind !== 'query') return false
  // a result column that ORDER BY names is replaced by its expression
  if (/\border\b[^]*~"\(/i.test(plan.sql)) return false
  // a table gets a further column for an equality: test/plan/lookups and the queries of test/fuzz compare the rows
  if (plan.sql.includes('"key~')) return false
  const [expected, actual] = [fixedTokens(sql), fixedTokens(withoutCalls(plan.sql))]
  ensure(
    JSON.stringify(actual) === JSON.stringify(expected),
    `SQLite gets ${plan.sql}\n  expected ${expected.join(' ')}\n  actual   ${actual.join(' ')}`,
    sql,
  )
  return true
}

/** A session with the tables of the generated statements, whose requests go nowhere. */
export const openPlanner = (): Session =>
  new Session({
    catalog: catalogAt('http://127.0.0.1:1'),
    connect: async () => createClient({ env: {}, retries: 0 }),
    variables: VARIABLES,
  })

export const SPLICES: readonly Target[] = [
  {
    name: 'SQL passed to SQLite',
    defaultCount: 150,
    open: async () => {
      const session = openPlanner()
      return { attempt: r => splices(r, session), close: () => session.close() }
    },
  },
]
