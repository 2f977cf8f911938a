import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { History } from '../../src/cli/repl/history.ts'
import { mayHoldSecret } from '../../src/cli/repl/secrets.ts'

const dir = mkdtempSync(join(tmpdir(), 'confluentql-history-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let count = 0
const file = (): string => join(dir, String(++count), 'confluentql', 'history')
const open = (path: string): History =>
  new History(path, text => {
    throw new Error(text)
  })

describe('history', () => {
  it('keeps entries of several lines, and repeated ones once', () => {
    const path = file()
    const history = open(path)
    for (const entry of ['SELECT 1;', 'SELECT\n  2;', 'SELECT\n  2;', 'SELECT 1;', '  SELECT 3;', '', '\tx;'])
      history.add(entry)
    expect(open(path).entries).toEqual(['SELECT 1;', 'SELECT\n  2;', 'SELECT 1;'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe('"SELECT 1;"\n"SELECT\\n  2;"\n"SELECT 1;"\n')
  })

  it('makes a file that others can read private', () => {
    const path = file()
    open(path).add('SELECT 1;')
    chmodSync(path, 0o644)
    open(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('skips the unfinished line of a killed shell and no other', () => {
    const path = file()
    open(path).add('SELECT 1;')
    appendFileSync(path, '"SELECT 2')
    const history = open(path)
    history.add('SELECT 3;')
    expect(open(path).entries).toEqual(['SELECT 1;', 'SELECT 3;'])
  })

  it('keeps at most 10,000 entries', () => {
    const path = file()
    open(path)
    writeFileSync(path, Array.from({ length: 11_500 }, (_, i) => `"SELECT ${i};"\n`).join(''))
    const history = open(path)
    expect([history.entries.length, history.entries[0]]).toEqual([10_000, 'SELECT 1500;'])
    history.add('SELECT 0;')
    expect(open(path).entries).toHaveLength(10_001)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is kept in memory if the file cannot be created', () => {
    const path = file()
    writeFileSync(join(dir, String(count)), 'a file where a folder should be')
    const told: string[] = []
    const history = new History(path, text => told.push(text))
    history.add('SELECT 1;')
    expect(history.entries).toEqual(['SELECT 1;'])
    expect(told).toEqual([expect.stringContaining('the history is not kept')])
  })

  it('warns once if the file becomes unwritable', () => {
    const path = file()
    const told: string[] = []
    const history = new History(path, text => told.push(text))
    rmSync(path)
    mkdirSync(path)
    history.add('SELECT 1;')
    history.add('SELECT 2;')
    expect(history.entries).toEqual(['SELECT 1;', 'SELECT 2;'])
    expect(told).toEqual([expect.stringContaining('the history is not kept: EISDIR')])
  })

  it('is shared by several shells, one of which is killed, without damaged entries', async () => {
    const path = file()
    open(path)
    const module = fileURLToPath(new URL('../../src/cli/repl/history.ts', import.meta.url))
    const writer = join(dir, 'writer.mjs')
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: module, platform: 'node', logLevel: 'silent' })
    await bundle.write({ file: join(dir, 'history.mjs'), format: 'esm', codeSplitting: false })
    writeFileSync(
      writer,
      `import { History } from './history.mjs'
const h = new History(process.argv[2], () => {})
for (let i = 0; i < 400; i++) h.add('SELECT ' + process.argv[3] + ', ' + i + ', ' + 'x'.repeat(i) + ';')`,
    )
    const children = ['a', 'b', 'c'].map(name =>
      spawn(process.execPath, [writer, path, name], { stdio: 'inherit' }),
    )
    // before anything is awaited: a child may end first
    const ends = children.map(c => once(c, 'exit'))
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toContain('SELECT c, 50,'), 20_000)
    children[2]!.kill('SIGKILL')
    await Promise.all(ends)
    const { entries } = open(path)
    for (const name of ['a', 'b'])
      expect(entries.filter(e => e.startsWith(`SELECT ${name},`))).toHaveLength(400)
    for (const entry of entries) expect(entry).toMatch(/^SELECT [abc], (\d+), x*;$/)
  })
})

describe('secrets', () => {
  const KEY = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5lM7oR9tU1xA3cD5fG7iK9mN2pQ4s'

  it.each([
    '.set api_secret abc',
    "\\set password 'x y'",
    '.set token abc',
    `.set key ${KEY}`,
    `SELECT '${KEY}';`,
    "SELECT * FROM t WHERE spec.secret = 'x';",
    'INSERT INTO confluent.connect.connectors (name, config) VALUES (\'c\', \'{"kafka.api.secret":"abc"}\');',
    "UPDATE t SET private_key = 'abc' WHERE id = 1;",
    "EXEC confluent.sts.tokens.exchange @subject_token = 'abc';",
    "SELECT 'eyJhbGciOi.eyJzdWIi.c2ln';",
    "INSERT INTO t (client_secret) VALUES ('a'); SELECT 'open",
    ...[
      '{"github.access.token":"abc"}',
      '{"azblob.account.key":"abc"}',
      '{"sasl.jaas.config":"x"}',
      '{"ssl.key.passphrase":"x"}',
      '{"connection.url":"jdbc:postgresql://u:pw@h/d"}',
      '{"connection.url":"jdbc:sqlserver://h;user=a;password=b"}',
      '[{"name":"elastic.pwd","value":"x"}]',
      'AccountName=a;AccountKey=b==',
    ].map(config => `INSERT INTO confluent.connect.connectors (name, config) VALUES ('c', '${config}');`),
    `UPDATE confluent.connect.connectors SET config."github.access.token" = 'x' WHERE name = 'c';`,
    "SELECT * FROM t WHERE url = 'https://me:hunter2@example.com';",
    'SELECT * FROM t WHERE db_password = hunter2;',
    'SELECT * FROM t WHERE "sasl.password" = "hunter2";',
    'UPDATE t SET passwd = 12345678 WHERE id = 1;',
    'SELECT 1; -- password=hunter2',
    '-- token: abc\nSELECT 1;',
    'export CONFLUENT_CLOUD_API_SECRET=abc;',
    '.set url https://me:hunter2@example.com',
    '.ste api_secret abc',
    '.set account.key abc',
  ])('%s is not kept', entry => {
    expect(mayHoldSecret(entry)).toBe(true)
    const path = file()
    const history = open(path)
    history.add(entry)
    expect(history.entries).toEqual([entry])
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it.each([
    "SELECT * FROM confluent.iam.api_keys WHERE id = 'ABCDEFGHIJKLMNOP';",
    'SELECT spec.secret FROM confluent.iam.api_keys;',
    '.set since 2026-01-01',
    '.mode csv',
    '\\?',
    '.describe confluent.iam.api_keys',
    "SELECT * FROM confluent.iam.api_keys WHERE api_keys.spec.owner.id = 'sa-1';",
    "INSERT INTO confluent.iam.api_keys (spec.display_name) VALUES ('a');",
    "SHOW TABLES LIKE '%token%';",
    'SELECT a.id FROM a JOIN b ON a.token = b.token;',
    "SELECT * FROM t WHERE page_token = 'abc';",
    'SELECT 1; -- all: of them',
    "SELECT * FROM confluent.iam.users WHERE email LIKE '%@example.com';",
    "SELECT 'https://api.confluent.cloud/iam/v2/users/a-rather-long-path-with-words';",
  ])('%s is kept', entry => {
    expect(mayHoldSecret(entry)).toBe(false)
  })
})
