import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, page, PROGRAM, server, spawned } from './support.ts'

/** A server that counts requests, and what it was asked. */
async function counting(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const url = await server((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(request.method === 'GET' ? page(['u-1']) : '{}')
  })
  return { url, asked }
}

const DELETE = "DELETE FROM confluent.iam.users WHERE id = 'u-1'"

describe('a change at the end of a stream that no semicolon ends', () => {
  const CUT = "SELECT 1 AS a;\nDELETE FROM confluent.iam.users\nWHERE id = 'u-1'\n-- and more\n"
  const EXEC = "EXEC confluent.iam.users.delete_iam_v2_user @id = 'u-1'"

  it.each([
    [[], CUT],
    [['-f', '-'], CUT],
    [['exec'], CUT],
    [['--dry-run'], CUT],
    [['--continue-on-error'], CUT],
    [[], `${DELETE} /* cut`],
    [[], `${DELETE} AND full_name = 'cut`],
    [[], `${EXEC}`],
    [[], `UPDATE confluent.iam.users SET full_name = 'x' WHERE id = 'u-1'`],
    [[], `REPLACE confluent.iam.users SET full_name = 'x' WHERE id = 'u-1'`],
    [[], `INSERT INTO confluent.org.environments (display_name) VALUES ('a')`],
  ])('is an error with %j, and nothing runs: %s', async (args, stdin) => {
    const { url, asked } = await counting()
    const { status, stdout, stderr } = await cli(['--endpoint', url, ...args], { stdin })
    expect({ status, stdout, asked }).toEqual({ status: 1, stdout: '', asked: [] })
    expect(stderr).toMatch(
      /^error: (?:.*:)?\d+:\d+: (?:the \w+ at the end of the input does not end with ;|unterminated string)/,
    )
  })

  it('is not run by a piped shell either, after the statements before it', async () => {
    const { url, asked } = await counting()
    const { status, stdout, stderr } = await cli(['shell', '-o', 'csv', '--endpoint', url], { stdin: CUT })
    expect({ status, stdout, asked }).toEqual({ status: 1, stdout: 'a\n1\n', asked: [] })
    expect(stderr).toMatch(
      /^error: 3:12: the DELETE at the end of the input does not end with ;\n[^]*\nhint: write ; /,
    )
  })

  it('is an error in a pipe that -f names', async () => {
    const { url, asked } = await counting()
    const command = `"${process.execPath}" "${PROGRAM}" --endpoint ${url} -f <(printf '%s' "$CUT")`
    const { status, stderr } = await spawned('bash', ['-c', command], { env: { CUT } })
    expect({ status, asked }).toEqual({ status: 1, asked: [] })
    expect(stderr).toContain(': the DELETE at the end of the input does not end with ;')
  })

  it('is run where the end is given: in an argument, a file, and a file that a stream reads', async () => {
    const { url, asked } = await counting()
    const dir = folder()
    writeFileSync(join(dir, 'a.sql'), DELETE)
    for (const [args, stdin] of [
      [[DELETE], ''],
      [['-f', join(dir, 'a.sql')], ''],
      [[], `.read ${join(dir, 'a.sql')}\n`],
      [[], `${DELETE};\nSELECT 1`],
      [[], `${DELETE}\n\\g`],
    ] as const)
      expect(await cli(['--endpoint', url, ...args], { stdin })).toMatchObject({
        status: 0,
        stderr: 'DELETE 1\n',
      })
    expect(asked).toHaveLength(5)
  })
})

describe('a script is planned whole before its first statement', () => {
  it.each([
    ['in one argument', (script: string) => ({ args: [script] })],
    ['on standard input', (script: string) => ({ args: [], stdin: script })],
    [
      'in a file',
      (script: string) => {
        const file = join(folder(), 's.sql')
        writeFileSync(file, script)
        return { args: ['-f', file] }
      },
    ],
  ])('%s', async (_, made) => {
    const { url, asked } = await counting()
    const { args, stdin } = { stdin: undefined, ...made(`${DELETE};\nSELECT nope FROM confluent.iam.users;`) }
    const { status, stdout, stderr } = await cli(
      ['--endpoint', url, ...args],
      stdin === undefined ? {} : { stdin },
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^error: (?:.*:)?2:8: no column "nope" in confluent\.iam\.users\n/)
    expect(asked).toEqual([])
  })

  it('across files, with variables of meta-commands and included files', async () => {
    const { url, asked } = await counting()
    const dir = folder()
    writeFileSync(
      join(dir, 'a.sql'),
      `.set who 'u-1'\n.read b.sql\nDELETE FROM confluent.iam.users WHERE id = :who;\n`,
    )
    writeFileSync(join(dir, 'b.sql'), 'CREATE TABLE t AS SELECT id FROM confluent.iam.users;\n')
    writeFileSync(join(dir, 'c.sql'), 'SELECT id FROM t;\nSELECT email FROM t;\n')
    const { status, stderr } = await cli(
      ['--endpoint', url, '-f', join(dir, 'a.sql'), '-f', join(dir, 'c.sql')],
      {},
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: .*c\.sql:2:8: no column "email" in t\n/)
    expect(asked).toEqual([])
  })

  it.each([
    "DELETE FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1' AND topic_name = 't'",
    "SELECT topic_name FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1'",
  ])('with the credentials that it needs: %s', async later => {
    const { url, asked } = await counting()
    const { status, stderr } = await cli(['--endpoint', url, `${DELETE}; ${later}`], {
      env: { KAFKA_REST_ENDPOINT: url, KAFKA_API_KEY: '', KAFKA_API_SECRET: '' },
    })
    expect(stderr).toMatch(/^error: no credentials for kafka at /)
    expect({ status, asked }).toEqual({ status: 2, asked: [] })
  })

  it('runs if all statements can be planned', async () => {
    const { url, asked } = await counting()
    const { status, stdout, stderr } = await cli([
      '--endpoint',
      url,
      '-o',
      'ndjson',
      `CREATE TABLE t AS SELECT id FROM confluent.iam.users; DELETE FROM confluent.iam.users WHERE id IN (SELECT id FROM t); SELECT id FROM t`,
    ])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '{"id":"u-1"}\n' })
    expect(stderr).toBe('CREATE TABLE 1\nDELETE 1\n')
    expect(asked.map(a => a.split('?')[0])).toEqual(['GET /iam/v2/users', 'DELETE /iam/v2/users/u-1'])
  })

  it('--continue-on-error runs the valid statements', async () => {
    const { url, asked } = await counting()
    const { status, stderr } = await cli([
      '--endpoint',
      url,
      '--continue-on-error',
      `SELECT nope FROM confluent.iam.users; ${DELETE}`,
    ])
    expect(status).toBe(1)
    expect(stderr).toMatch(/no column "nope"[\s\S]*\nDELETE 1\n$/)
    expect(asked).toEqual(['DELETE /iam/v2/users/u-1'])
  })

  it('a dry run of an invalid script shows no request', async () => {
    const { url, asked } = await counting()
    const { status, stdout } = await cli([
      '--endpoint',
      url,
      '--dry-run',
      `${DELETE}; SELECT nope FROM confluent.iam.users`,
    ])
    expect({ status, stdout, asked }).toEqual({ status: 1, stdout: '', asked: [] })
  })

  it('a dry run reads listings, and places errors of a single statement', async () => {
    const dry = (sql: string) => cli(['--dry-run', sql])
    expect((await dry('SHOW TABLES\nDELETE FROM confluent.iam.users')).stderr).toMatch(
      /^error: 2:1: syntax error/,
    )
    expect((await dry('DESCRIBE confluent.iam.nothing')).status).toBe(1)
    expect((await dry('SHOW TABLES')).status).toBe(0)
    expect((await dry('-- one\n  SELECT nope FROM confluent.iam.users')).stderr).toMatch(
      /^error: 2:10: no column/,
    )
  })

  it('a dry run of a statement that keeps going shows the rows that can be sent', async () => {
    const { url, asked } = await counting()
    const sql =
      "INSERT /*+ CONTINUE */ INTO confluent.org.environments (display_name) VALUES ('a'), (NULL), ('b')"
    const { status, stdout, stderr } = await cli(['--endpoint', url, '--dry-run', '-o', 'csv', sql])
    expect({ status, asked }).toEqual({ status: 1, asked: [] })
    expect(stdout.match(/display_name""\s*:\s*""\w/g)).toHaveLength(2)
    expect(stderr).toContain('1 of 3 rows cannot be sent: row 2')
  })
})
