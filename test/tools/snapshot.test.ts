import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { cli, folder, PROGRAM, server, spawned, type Outcome } from '../cli/support.ts'

type User = Readonly<Record<string, unknown>>

const SCRIPT = `-- title: Users
SELECT id, full_name, metadata FROM confluent.iam.users;
-- title: Service accounts
SELECT id, display_name FROM confluent.iam.service_accounts;
`

/** A folder with the script, and an API whose answers can change. `break`: service accounts fail. */
async function world(): Promise<{
  dir: string
  users: User[]
  state: { isBroken: boolean; onAccounts: (() => void) | undefined }
  run: (...args: string[]) => Promise<Outcome>
  started: (started: (child: { kill(signal: NodeJS.Signals): boolean }) => void) => Promise<Outcome>
  snapshot: (to: string, ...args: string[]) => Promise<Outcome>
}> {
  const dir = folder()
  const users: User[] = [
    {
      id: 'u-1',
      full_name: '007',
      metadata: { created_at: 'x', tags: ['a', 'b'], n: 9_007_199_254_740_991 },
    },
    { id: 'u-2', full_name: '', metadata: null },
  ]
  const state = { isBroken: false, onAccounts: undefined as (() => void) | undefined }
  const url = await server((request, response) => {
    const isUsers = request.url!.includes('/users')
    if (!isUsers) state.onAccounts?.()
    response.writeHead(!isUsers && state.isBroken ? 500 : 200, { 'Content-Type': 'application/json' })
    response.end(
      JSON.stringify({ data: isUsers ? users : [{ id: 'sa-1', display_name: 'one' }], metadata: {} }),
    )
  })
  writeFileSync(join(dir, 'a.sql'), SCRIPT)
  const args = ['--endpoint', url, '--retries', '0', '-f', 'a.sql']
  const run = (...words: string[]): Promise<Outcome> => cli(words, { cwd: dir })
  return {
    dir,
    users,
    state,
    run,
    started: started => cli(['snapshot', ...args, '--to', 'a.db'], { cwd: dir, started }),
    snapshot: (to, ...more) => run('snapshot', ...args, '--to', to, ...more),
  }
}

const CHANGES = [
  { change: 'changed', id: 'u-1', column: 'full_name', old: '007', new: '7' },
  { change: 'changed', id: 'u-1', column: 'metadata.n', old: 9_007_199_254_740_991, new: 1 },
  { change: 'changed', id: 'u-1', column: 'metadata.tags[1]', old: 'b', new: null },
  { change: 'removed', id: 'u-2', column: 'full_name', old: '', new: null },
  { change: 'added', id: 'u-3', column: 'full_name', old: null, new: 'new' },
]

/** The changes that a history shows as ndjson, without their times. */
const changesOf = ({ stdout }: Outcome): unknown[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const { at, ...change } = JSON.parse(line) as { at: string }
      expect(at).toMatch(/^\d{4}-\d\d-\d\d/)
      return change
    })

function edit(users: User[]): void {
  users.splice(0, 2, { id: 'u-1', full_name: '7', metadata: { created_at: 'x', tags: ['a'], n: 1 } })
  users.push({ id: 'u-3', full_name: 'new', metadata: null })
}

describe.concurrent('snapshots in a SQLite file', () => {
  it('keep every titled result with its time; history shows what changed, by paths', async () => {
    const { users, run, snapshot } = await world()
    const first = await snapshot('a.db')
    expect([first.status, first.stdout]).toEqual([0, ''])
    expect(first.stderr).toMatch(/^a\.db at \d{4}-.*Z: users \(2 rows\), service_accounts \(1 row\)\n$/)
    edit(users)
    expect((await snapshot('a.db', '-q')).stderr).toBe('')
    const told = await run('history', 'a.db', 'users', '-o', 'ndjson')
    expect(changesOf(told)).toEqual(CHANGES)
    expect(told.stderr).toMatch(/^2 snapshots from .*: 1 added, 1 removed, 1 changed\n$/)
    expect((await run('history', 'a.db', 'users', '-q')).stdout.split('\n')).toEqual([
      expect.stringMatching(/^ at +\| change  \| id  \| column +\| old +\| new$/),
      expect.stringMatching(/^-/),
      expect.stringMatching(/^ 2\S+Z \| changed \| u-1 \| full_name +\| 007 +\| 7$/),
      expect.stringMatching(/^ +\| +\| +\| metadata.n +\| 9007199254740991 \| 1$/),
      expect.stringMatching(/^ +\| +\| +\| metadata.tags\[1\] \| b +\| $/),
      expect.stringMatching(/^ +\| removed \| u-2 \|/),
      expect.stringMatching(/^ +\| added +\| u-3 \|/),
      '',
    ])
    // no rows are a snapshot too
    users.splice(0)
    await snapshot('a.db')
    const { stdout } = await run('history', 'a.db', '-o', 'csv')
    expect(stdout).toMatch(/^service_accounts,3,.*\r?\nusers,3,/m)
    expect((await run('history', 'a.db', 'users')).stderr).toMatch(/: 1 added, 3 removed, 1 changed\n$/)
  })

  it('keep integers and booleans as such in SQLite, and numbers with a fraction as numbers', async () => {
    const { dir, run } = await world()
    const sql = `CREATE TABLE n(id INTEGER, ok BOOLEAN, price REAL);
INSERT INTO n VALUES (1, 1, 5), (3000000000, 0, 0.5), (9007199254740993, NULL, 1);
-- title: n
SELECT *, id > 1 AS large, (SELECT count(*) FROM n) AS total FROM n;`
    writeFileSync(join(dir, 'n.sql'), sql)
    expect(await run('snapshot', '-f', 'n.sql', '--to', 'n.db')).toMatchObject({ status: 0 })
    const db = new Sqlite(join(dir, 'n.db'))
    const columns = ['id', 'ok', 'large', 'total', 'price']
    const types = db.prepare(`SELECT ${columns.map(c => `typeof(${c})`).join(', ')}, id || '' FROM n`).raw()
    expect(types.all()).toEqual([
      ['integer', 'integer', 'integer', 'integer', 'real', '1'],
      ['integer', 'integer', 'integer', 'integer', 'real', '3000000000'],
      ['integer', 'null', 'integer', 'integer', 'real', '9007199254740993'],
    ])
    db.close()
  })

  it('are kept whole or not at all', async () => {
    const { dir, state, users, run, snapshot } = await world()
    state.isBroken = true
    expect(await snapshot('a.db')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: a\.sql:4:1: /),
    })
    expect(readdirSync(dir)).toEqual(['a.sql'])
    state.isBroken = false
    await snapshot('a.db')
    const before = await run('--db', 'a.db', '-o', 'csv', 'SELECT * FROM users')
    state.isBroken = true
    users.splice(0)
    expect((await snapshot('a.db', '--keep', '1h')).status).toBe(1)
    expect((await run('--db', 'a.db', '-o', 'csv', 'SELECT * FROM users')).stdout).toBe(before.stdout)
    expect(before.stdout.trim().split('\n')).toHaveLength(3)
  })

  it('have nothing of a run that was killed', async () => {
    const { dir, state, run, started, snapshot } = await world()
    await snapshot('a.db')
    let kill = (): void => {}
    state.onAccounts = () => kill()
    await expect(started(child => (kill = () => child.kill('SIGKILL')))).rejects.toThrow('did not end')
    state.onAccounts = undefined
    await snapshot('a.db')
    expect((await run('history', 'a.db', '-o', 'csv')).stdout).toMatch(/^users,2,/m)
    expect(readdirSync(dir).toSorted()).toEqual(['a.db', 'a.sql'])
  })

  it('are read after a run was killed while it wrote to the file', async () => {
    const { dir, run, snapshot } = await world()
    await snapshot('a.db')
    const file = join(dir, 'a.db')
    // a transaction that is larger than the cache
    const code = `const db = new (require('better-sqlite3'))(${JSON.stringify(file)});
db.pragma('cache_size = 5'); db.exec('BEGIN; DELETE FROM snapshots; CREATE TABLE t AS SELECT hex(randomblob(3000)) FROM json_each(json_array(1,2,3,4,5,6,7,8,9))');
process.kill(process.pid, 'SIGKILL')`
    await expect(spawned(process.execPath, ['-e', code], {})).rejects.toThrow('did not end')
    expect(readFileSync(`${file}-journal`).length).toBeGreaterThan(0)
    writeFileSync(join(dir, 'b.db'), readFileSync(file))
    writeFileSync(join(dir, 'b.db-journal'), readFileSync(`${file}-journal`))
    expect((await run('history', 'a.db', '-o', 'csv')).stdout).toMatch(/^users,1,/m)
    expect((await run('diff', 'b.db:users', 'a.db:users')).stderr).toMatch(/^0 added.* 2 the same\n$/)
  })

  it('keep each row once, and show every snapshot as SQL', async () => {
    const { dir, users, run, snapshot } = await world()
    await snapshot('a.db')
    await snapshot('a.db')
    edit(users)
    await snapshot('a.db')
    const db = new Sqlite(join(dir, 'a.db'))
    const count = db.prepare('SELECT count(*) FROM users__versions WHERE snapshot_until IS NULL').pluck()
    expect([count.get(), db.prepare('SELECT count(*) FROM users__versions').pluck().get()]).toEqual([2, 4])
    db.exec('CREATE VIEW mine AS SELECT count(*) AS n FROM users')
    const sql = 'SELECT snapshot_at, id, full_name FROM users ORDER BY 1, 2'
    const rows = db.prepare(sql).raw().all() as string[][]
    expect(rows.map(([, ...row]) => row)).toEqual([
      ['u-1', '007'],
      ['u-2', ''],
      ['u-1', '007'],
      ['u-2', ''],
      ['u-1', '7'],
      ['u-3', 'new'],
    ])
    expect(db.prepare('SELECT n FROM mine').pluck().get()).toBe(6)
    db.close()
    const { stdout } = await run('--db', 'a.db', '-o', 'json', sql)
    expect((JSON.parse(stdout) as object[]).map(row => Object.values(row))).toEqual(rows)
    const asOf = `SELECT count(*) AS n FROM users WHERE snapshot_at = (SELECT max(snapshot_at) FROM snapshots WHERE name = 'users' AND snapshot_at <= '${rows[2]![0]!}')`
    expect((await run('--db', 'a.db', '-o', 'json', asOf)).stdout).toContain('"n":2')
    expect((await run('diff', 'a.db:users', 'a.db:users', '--key', 'snapshot_at,id')).status).toBe(0)
    // all rows but one of each would seem to be removed
    const now = "SELECT 'u-1' AS id, '7' AS full_name"
    expect(await run('diff', 'a.db:users', now)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: a\.db:users has the rows of several snapshots, the other side those of one time\nhint: compare those of one: SELECT /,
      ) as string,
    })
    const last = 'SELECT * FROM users WHERE snapshot_at = (SELECT max(snapshot_at) FROM users)'
    const compared = await run(
      'diff',
      '--db',
      'a.db',
      last,
      last.replace('*', 'id, full_name'),
      '--ignore',
      'snapshot_at,metadata',
    )
    expect([compared.status, compared.stderr]).toEqual([
      0,
      expect.stringContaining('0 added, 0 removed, 0 changed'),
    ])
  })

  it('must be later than those that are there', async () => {
    const { dir, snapshot } = await world()
    await snapshot('a.db')
    const db = new Sqlite(join(dir, 'a.db'))
    db.exec("UPDATE snapshots SET snapshot_at = '2999-01-01T00:00:00.000Z' WHERE name = 'users'")
    db.close()
    const before = readFileSync(join(dir, 'a.db'))
    expect(await snapshot('a.db')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^error: cannot write a\.db: it has a snapshot of 2999-01-01T00:00:00\.000Z, but it is .*\nhint: if the clock/,
      ),
    })
    expect(readFileSync(join(dir, 'a.db')).equals(before)).toBe(true)
  })

  it('need a key that identifies a row in each of them', async () => {
    const { users, run, snapshot } = await world()
    await snapshot('a.db')
    expect(await run('history', 'a.db', 'users', '--key', 'full_nam')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /has no column "full_nam"; did you mean "full_name"\?\nhint: --key names/,
      ),
    })
    users.push({ id: 'u-2', full_name: 'again', metadata: null })
    await snapshot('a.db')
    await snapshot('a.db')
    for (const format of ['table', 'json'])
      expect(await run('history', 'a.db', 'users', '-o', format)).toMatchObject({
        status: 1,
        stdout: expect.not.stringContaining('u-2'),
        stderr: expect.stringMatching(
          /^error: several rows of users at 2.*Z have id = u-2\nhint: --key names/,
        ),
      })
    expect((await run('history', 'a.db', 'users', '--key', 'id,full_name')).stderr).toContain(
      '1 added, 0 removed',
    )
  })

  it('are removed when they are older than --keep, after a run that succeeds', async () => {
    const { dir, run, snapshot } = await world()
    await snapshot('a.db')
    await snapshot('a.db')
    const db = new Sqlite(join(dir, 'a.db'))
    const [old] = db.prepare('SELECT min(snapshot_at) FROM snapshots').pluck().all() as string[]
    for (const [table, column] of [
      ['snapshots', 'snapshot_at'],
      ['users__versions', 'snapshot_from'],
      ['service_accounts__versions', 'snapshot_from'],
    ])
      db.prepare(`UPDATE ${table} SET ${column} = '2020-01-01T00:00:00.000Z' WHERE ${column} = ?`).run(old)
    db.close()
    expect((await snapshot('a.db', '--keep', '90d')).stderr).toMatch(/\n1 older snapshot removed\n$/)
    const { stdout } = await run(
      '--db',
      'a.db',
      '-o',
      'csv',
      'SELECT count(DISTINCT snapshot_at), count(*) FROM users',
    )
    expect(stdout.trim().split(/\r?\n/)[1]).toBe('2,4')
  })

  it('take a column that the script newly selects', async () => {
    const { dir, run, snapshot } = await world()
    await snapshot('a.db')
    writeFileSync(join(dir, 'a.sql'), SCRIPT.replace('id, full_name', 'id, email, full_name'))
    expect((await snapshot('a.db')).status).toBe(0)
    expect(changesOf(await run('history', 'a.db', 'users', '-o', 'ndjson'))).toEqual([
      { change: 'column added', id: null, column: 'email', old: null, new: null },
    ])
  })

  it.each([
    ['a result without a title', 'SELECT 1;', /no title/],
    [
      'two results of a name',
      '-- title: a b\nSELECT 1 AS x;\n-- title: A-B!\nSELECT 2 AS x;',
      /two results have the table a_b/,
    ],
    ['a change', "-- title: a\nDELETE FROM confluent.iam.users WHERE id = 'u-1';", /snapshot only reads/],
    ['no result', 'CREATE VIEW v AS SELECT 1;', /there is no result to keep/],
    ['its own column', '-- title: a\nSELECT 1 AS snapshot_at;', /has a column snapshot_at/],
    [
      'a column of the table of versions',
      '-- title: a\nSELECT 1 AS Snapshot_From;',
      /has a column snapshot_from/,
    ],
    ['its own table', '-- title: Snapshots\nSELECT 1 AS x;', /no result can be called snapshots/],
  ])('refuse %s', async (_, text, message) => {
    const { dir, snapshot } = await world()
    writeFileSync(join(dir, 'a.sql'), text)
    const { status, stderr } = await snapshot('a.db')
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(readdirSync(dir)).toEqual(['a.sql'])
  })

  it('do not touch a table that is not theirs, nor a file that is no database', async () => {
    const { dir, run, snapshot } = await world()
    await run('--db', 'a.db', 'CREATE TABLE users AS SELECT 1 AS x')
    expect((await snapshot('a.db')).stderr).toContain('has a table users that is not one of snapshots')
    writeFileSync(
      join(dir, 'b.db'),
      'no database, but a text of some length that SQLite can look at\n'.repeat(20),
    )
    expect(await snapshot('b.db')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot write b.db'),
    })
    expect((await run('history', 'a.db', 'users')).stderr).toContain('a.db has no snapshots')
    expect((await run('history', 'none.db')).stderr).toContain('there is no such file')
    expect((await run('history', 'b.db')).stderr).toContain('cannot read b.db: file is not a database')
    expect((await run('history', 'a.sql')).stderr).toContain('a.sql has no snapshots')
    expect((await snapshot('a.db', '--keep', 'soon')).status).toBe(2)
  })
})

describe.concurrent('snapshots in a folder of Parquet files', () => {
  it('have a folder for each day, which a later run of the day replaces whole', async () => {
    const { dir, users, state, run, snapshot } = await world()
    expect((await snapshot('days')).status).toBe(0)
    const days = join(dir, 'days')
    const [day = ''] = readdirSync(days)
    expect(day).toMatch(/^date=\d{4}-\d\d-\d\d$/)
    expect(readdirSync(join(days, day)).toSorted()).toEqual(['service_accounts.parquet', 'users.parquet'])
    renameSync(join(days, day), join(days, 'date=2026-01-01'))
    edit(users)
    await snapshot('days')
    expect(changesOf(await run('history', 'days', 'users', '-o', 'ndjson'))).toEqual(CHANGES)
    // a run of the same day with one table of its own
    writeFileSync(join(dir, 'a.sql'), '-- title: More\nSELECT id FROM confluent.iam.users;')
    await snapshot('days')
    expect(readdirSync(join(days, day)).toSorted()).toEqual([
      'more.parquet',
      'service_accounts.parquet',
      'users.parquet',
    ])
    // a failing run leaves nothing, and removes nothing
    writeFileSync(join(dir, 'a.sql'), SCRIPT)
    state.isBroken = true
    const before = readFileSync(join(days, day, 'users.parquet'))
    users.splice(0)
    expect((await snapshot('days', '--keep', '1d')).status).toBe(1)
    expect(readdirSync(days).toSorted()).toEqual(['date=2026-01-01', day])
    expect(readFileSync(join(days, day, 'users.parquet')).equals(before)).toBe(true)
    state.isBroken = false
    expect((await snapshot('days', '--keep', '1d')).stderr).toMatch(/\n1 older snapshot removed\n$/)
    expect(readdirSync(days)).toEqual([day])
  })

  it('put back a day whose replacement was interrupted', async () => {
    const { dir, snapshot } = await world()
    const lost = join(dir, 'days', '.replaced-date=2026-01-01')
    mkdirSync(lost, { recursive: true })
    await snapshot('days')
    expect(existsSync(join(dir, 'days', 'date=2026-01-01'))).toBe(true)
    expect(existsSync(lost)).toBe(false)
  })
})

describe('the jobs of examples/', () => {
  const JOBS = new URL('../../examples/jobs/', import.meta.url)
  const textOf = (file: string): string => readFileSync(new URL(file, JOBS), 'utf8')

  /** A folder with what the jobs need, in which `confluentql` is the program in its sandbox. */
  function place(): { dir: string; run: (command: string) => Promise<Outcome> } {
    const dir = folder()
    writeFileSync(join(dir, 'inventory.sql'), textOf('inventory.sql'))
    writeFileSync(
      join(dir, 'audit.sql'),
      '-- check: every environment has a name\nSELECT id FROM confluent.org.environments WHERE display_name IS NULL;',
    )
    writeFileSync(join(dir, 'accepted.yaml'), '')
    const program = join(dir, 'confluentql')
    writeFileSync(
      program,
      `#!/bin/sh\ncase $1 in history) exec ${process.execPath} ${PROGRAM} "$@" ;; esac\nexec ${process.execPath} ${PROGRAM} "$@" --sandbox\n`,
      { mode: 0o755 },
    )
    const env = { PATH: `${dir}:${process.env.PATH}`, GITHUB_STEP_SUMMARY: join(dir, 'summary.md') }
    return { dir, run: command => spawned('sh', ['-ec', command], { cwd: dir, env }) }
  }

  it('crontab', async () => {
    const { dir, run } = place()
    const commands = textOf('crontab')
      .split('\n')
      .flatMap(line => /^(?:[\d*]+ ){5}(.*)$/.exec(line)?.[1] ?? [])
      .map(command => command.replace('/var/lib/confluentql', dir))
    expect(commands).toHaveLength(2)
    expect(await run(commands[0]!)).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(await run(commands[0]!)).toMatchObject({ status: 0 })
    expect(await run(commands[1]!)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^(2 snapshots from .* 0 added, 0 removed, 0 changed\n){2}$/),
    })
  })

  it('GitHub Actions', async () => {
    const { dir, run } = place()
    const workflow = parse(textOf('github-actions.yml')) as {
      jobs: { audit: { steps: { run?: string; uses?: string }[] } }
    }
    const commands = workflow.jobs.audit.steps.flatMap(step => step.run ?? [])
    const own = commands.filter(command => command.startsWith('confluentql '))
    expect([commands.length, own.length]).toEqual([4, 3])
    for (const command of own) expect(await run(command)).toMatchObject({ status: 0 })
    expect(readFileSync(join(dir, 'summary.md'), 'utf8')).toContain('| at | change |')
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(['checks.html', 'checks.xml', 'inventory.db']))
  })
})
