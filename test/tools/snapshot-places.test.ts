import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { hold } from '../../src/cli/snapshot/sqlite-file.ts'
import { cli, folder, type Outcome } from '../cli/support.ts'

interface Place {
  readonly dir: string
  readonly run: (...args: string[]) => Promise<Outcome>
  /** Keeps the result of a query as the table `t`, or with another title. */
  readonly keep: (to: string, query: string, title?: string) => Promise<Outcome>
  readonly history: (place: string, ...args: string[]) => Promise<unknown[]>
}

function place(): Place {
  const dir = folder()
  const run = (...args: string[]): Promise<Outcome> => cli(args, { cwd: dir })
  return {
    dir,
    run,
    keep(to, query, title = 't') {
      const text = `CREATE TEMP TABLE v(id TEXT, a TEXT, b TEXT, ok BOOLEAN);\nINSERT INTO v VALUES ('1', 'x', 'y', 1), ('2', '', NULL, 0);\n-- title: ${title}\n${query};`
      writeFileSync(join(dir, 'a.sql'), text)
      return run('snapshot', '-f', 'a.sql', '--to', to)
    },
    async history(from, ...args) {
      const { status, stdout, stderr } = await run('history', from, 't', '-o', 'ndjson', ...args)
      if (status !== 0) throw new Error(stderr)
      const rows = stdout.split('\n').filter(line => line !== '')
      return rows.map(line => Object.values(JSON.parse(line) as object).slice(1))
    },
  }
}

/** Makes the last day of a folder an earlier one. */
function age(dir: string, day: string): void {
  const name = readdirSync(dir)
    .toSorted()
    .findLast(one => one.startsWith('date='))
  renameSync(join(dir, name!), join(dir, `date=${day}`))
}

describe('the history of snapshots', () => {
  it('has what changed where another column has come to the place of one', async () => {
    const { dir, keep, history } = place()
    await keep('days', 'SELECT id, a, b FROM v')
    age(join(dir, 'days'), '2020-01-01')
    await keep('days', 'SELECT id, a AS b, b AS c FROM v')
    expect(await history('days')).toEqual([
      ['column removed', null, 'a', null, null],
      ['column added', null, 'c', null, null],
      ['changed', '1', 'b', 'y', 'x'],
      ['changed', '2', 'b', null, ''],
    ])
  })

  it('tells a text in Parquet from the same with U+FEFF before it', async () => {
    const { dir, keep, history } = place()
    await keep('days', 'SELECT id, a FROM v')
    age(join(dir, 'days'), '2020-01-01')
    await keep('days', "SELECT id, iif(id = '1', char(65279), '') || a AS a FROM v")
    expect(await history('days')).toEqual([['changed', '1', 'a', 'x', '\u{feff}x']])
  })

  it.each(['a.db', 'days'])('leaves out a column that only some snapshots have: %s', async to => {
    const { dir, run, keep, history } = place()
    for (const [i, query] of [
      'SELECT id FROM v',
      'SELECT id FROM v',
      "SELECT id, 'z' AS z FROM v",
    ].entries()) {
      await keep(to, query)
      if (to === 'days' && i < 2) age(join(dir, to), `2020-01-0${i + 1}`)
    }
    expect(await history(to)).toEqual([['column added', null, 'z', null, null]])
    expect(await history(to, '--ignore', 'z')).toEqual([])
    expect(await run('history', to, 't', '--ignore', 'y')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--ignore: no snapshot of t has a column "y"'),
    })
  })

  it('has a day whose replacement was interrupted', async () => {
    const { dir, run, keep } = place()
    await keep('days', 'SELECT id FROM v')
    age(join(dir, 'days'), '2020-01-01')
    renameSync(join(dir, 'days/date=2020-01-01'), join(dir, 'days/.replaced-date=2020-01-01'))
    expect((await run('history', 'days', '-o', 'csv')).stdout).toContain('t,1,2020-01-01,2020-01-01')
    await keep('days', 'SELECT id FROM v')
    expect((await run('history', 'days', '-o', 'csv')).stdout).toMatch(/^t,2,2020-01-01,/m)
    expect(readdirSync(join(dir, 'days')).filter(name => !name.startsWith('date='))).toEqual([])
  })
})

describe('a SQLite file of snapshots', () => {
  it('can be read if a table begins with a digit', async () => {
    const { run, keep } = place()
    expect(await keep('a.db', 'SELECT id FROM v', '2026 costs')).toMatchObject({ status: 0 })
    expect((await run('history', 'a.db', '-o', 'csv')).stdout).toMatch(/^2026_costs,1,/m)
    const sql = 'SELECT count(*) AS n FROM "2026_costs"'
    expect(await run('--db', 'a.db', '-o', 'csv', sql)).toMatchObject({ status: 0, stdout: 'n\n2\n' })
  })

  it.each(['confluentql shapes', 'SQLite master'])('has no table of a title %s', async title => {
    const { dir, keep } = place()
    expect(await keep('a.db', 'SELECT id FROM v', title)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the name belongs to SQLite or confluentql'),
    })
    expect(readdirSync(dir)).toEqual(['a.sql'])
  })

  it('has boolean values that equal those of the API', async () => {
    const { dir, run, keep } = place()
    await keep('a.db', 'SELECT id, ok FROM v')
    writeFileSync(join(dir, 'b.ndjson'), '{"id":"1","ok":true}\n{"id":"2","ok":false}\n')
    expect((await run('diff', 'a.db:t', 'b.ndjson', '--ignore', 'snapshot_at')).stderr).toMatch(/2 the same/)
    const db = new Sqlite(join(dir, 'a.db'))
    expect(db.prepare('SELECT ok FROM t').pluck().all()).toEqual([1, 0])
    db.close()
    await keep('a.db', "SELECT id, iif(ok, '1', 'no') AS ok FROM v")
    const rows = await run('--db', 'a.db', '-o', 'csv', 'SELECT ok FROM t ORDER BY snapshot_at, id')
    expect(rows.stdout).toBe('ok\n1\n0\n1\nno\n')
  })

  it('keeps columns whose names differ in the case of a letter that is not one of A to Z', async () => {
    const { keep, history } = place()
    await keep('a.db', 'SELECT id, a AS "Ä" FROM v')
    expect(await keep('a.db', 'SELECT id, a AS "ä" FROM v')).toMatchObject({ status: 0 })
    expect(await history('a.db')).toEqual([
      ['column removed', null, 'Ä', null, null],
      ['column added', null, 'ä', null, null],
    ])
  })

  it('is made anew if another run has removed it', async () => {
    const { dir, run, keep } = place()
    const other = hold(join(dir, 'a.db'))
    other.db.exec('CREATE TABLE x(y)')
    const kept = keep('a.db', 'SELECT id FROM v')
    await setTimeout(1200)
    other.abort()
    expect(await kept).toMatchObject({ status: 0, stderr: expect.stringContaining('t (2 rows)') })
    expect((await run('history', 'a.db', '-o', 'csv')).stdout).toMatch(/^t,1,/m)
  })

  it('is not removed by a failed run if another one has made it', async () => {
    const { dir } = place()
    const file = join(dir, 'a.db')
    writeFileSync(file, '')
    hold(file).abort()
    expect(readFileSync(file, 'utf8')).toBe('')
    const made = hold(join(dir, 'b.db'))
    made.db.exec('CREATE TABLE x(y)')
    await made.commit()
    hold(join(dir, 'b.db')).abort()
    hold(join(dir, 'c.db')).abort()
    expect(readdirSync(dir).toSorted()).toEqual(['a.db', 'b.db'])
  })

  it('that cannot be made is an error that says why', async () => {
    const { dir, keep } = place()
    writeFileSync(join(dir, 'file'), '')
    expect(await keep('file', 'SELECT id FROM v')).toMatchObject({
      status: 1,
      stderr: 'error: cannot write file: it is a file, not a folder\n',
    })
    expect(await keep('file/x', 'SELECT id FROM v')).toMatchObject({
      status: 1,
      stderr: 'error: cannot write file/x: file is not a folder\n',
    })
  })

  it('waits for a program that reads it', async () => {
    const { dir, run, keep } = place()
    await keep('a.db', 'SELECT id FROM v')
    const reader = new Sqlite(join(dir, 'a.db'))
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM t').get()
    const kept = keep('a.db', 'SELECT id FROM v')
    await setTimeout(4000)
    reader.close()
    expect(await kept).toMatchObject({ status: 0 })
    expect((await run('history', 'a.db', '-o', 'csv')).stdout).toMatch(/^t,2,/m)
  })
})
