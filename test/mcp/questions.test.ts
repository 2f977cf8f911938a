import { beforeAll, describe, expect, it } from 'vitest'
import { lex } from '../../src/sql/lexer.ts'
import { plainApi } from '../sandbox/plain.ts'
import { realSandbox } from '../sandbox/support.ts'
import { QUESTIONS } from './questions.ts'
import { open, type Opened } from './support.ts'

const real = realSandbox()
const api = plainApi(real)

let server: Opened
beforeAll(async () => {
  server = await open(['--sandbox'])
}, 60_000)

/** Names of columns and tables in a statement that nobody could know. */
function namesOf(sql: string): string[] {
  const { tokens } = lex(sql)
  const defined = new Set(tokens.filter((_, i) => i > 0 && tokens[i - 1]!.text === ')').map(t => t.text))
  return tokens
    .filter(t => t.kind === 'name' || t.kind === 'word')
    .map(t => t.text)
    .filter(word => !defined.has(word) && word.length > 1)
}

const KNOWN = new Set(
  'SELECT FROM WHERE GROUP BY ORDER AND OR IS NOT NULL count sum round coalesce json_each value'.split(' '),
)

const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map(row => JSON.stringify(row)).sort()

describe('an assistant that knows nothing of the tables', () => {
  it('has 30 questions', () => {
    expect(new Set(QUESTIONS.map(q => q.question)).size).toBe(30)
  })

  it.each(QUESTIONS)('$question', async ({ question, table, sql, answer }) => {
    const found = await server.call('search_tables', { words: question })
    const tables = [...found.text.matchAll(/^([a-z]\w*(?:\.\w+)+)(?: \(view\))?: /gm)].map(([, name]) => name)
    expect(tables.slice(0, 3)).toContain(table)
    const described = await server.call('describe_table', { table })
    const unknown = namesOf(sql).filter(name => !KNOWN.has(name) && !described.text.includes(name))
    expect(unknown, 'names that the description does not have').toEqual([])
    const said = await server.call('query', { sql, limit: 200 })
    expect(said.text).toMatch(/\nThese are all rows: \d+\.$/)
    const right = await answer(api)
    expect(right.length).toBeGreaterThan(0)
    expect(sorted(said.rows)).toEqual(sorted(right))
  })
})
