import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, PLANTED, sandboxed } from './support.ts'

const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;'

describe.concurrent('a command that reads results', () => {
  it('gets one result, or those that follow, in the format of the output; it may read less than all', async () => {
    const file = join(folder('pipes'), 'n.txt')
    const { status, stdout, stderr } = await cli([
      `.mode csv
.once | awk -F, '{ print $2; n++ } END { print n " rows; done" }'
SELECT 'a' AS x, 1 AS y;
.mode ndjson
.output | head -n 2; echo "that's it"
${ENDLESS}
SELECT 5 AS five;
.output | wc -l > ${file}
SELECT 1 AS a;
SELECT 2 AS a UNION ALL SELECT 3;
.output
SELECT 'back' AS x;`,
    ])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(`y\n1\n2 rows; done\n{"x":1}\n{"x":2}\nthat's it\n{"x":"back"}\n`)
    expect(readFileSync(file, 'utf8').trim()).toBe('3')
  })

  it('that fails ends the script; it is not started for a result that fails', async () => {
    const failed = await cli(['.once | cat; exit 3\nSELECT 1 AS a;\nSELECT 2 AS b;', '-o', 'csv'])
    expect(failed).toMatchObject({ status: 1, stdout: 'a\n1\n' })
    expect(failed.stderr).toMatch(/^error: the command ended with status 3: cat; exit 3\n/)
    const killed = await cli(['.once | kill $$\nSELECT 1 AS a;'])
    expect(killed.stderr).toMatch(/the command was ended by SIGTERM: kill \$\$\n/)
    const never = await cli(['.once | echo started\nSELECT nope;'])
    expect(never).toMatchObject({ status: 1, stdout: '' })
    expect((await cli(['.once |\nSELECT 1;'])).stderr).toMatch(/\.once \| needs a command/)
  })

  it('that reads a part of a document written at its end is no error', async () => {
    const rows =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n;'
    const { status, stdout, stderr } = await cli([
      `.once | head -n 1\n.mode html\n${rows}\n.output | head -n 1\n${rows}\n.output\n.mode table`,
    ])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '<!doctype html>\n<!doctype html>\n',
      stderr: '',
    })
  })

  it('gets the whole output if it gets all results: no empty page follows, but a file that is asked for is there', async () => {
    const script = '.once | cat\nSELECT 1 AS a;'
    const page = await cli([script, '-o', 'html'])
    expect([page.status, page.stdout.match(/<!doctype html>/g)?.length]).toEqual([0, 1])
    const file = join(folder('pipes'), 'page.html')
    await cli([script, '--out', file])
    expect(readFileSync(file, 'utf8')).toContain(
      '<p>No results: no statement has rows, or all results went to other',
    )
    expect((await cli(['CREATE TABLE t (a);', '-o', 'html'])).stdout).toContain('<p>No results:')
  })

  it('that reads no more does not end a change', async () => {
    const { status, stdout } = await sandboxed([
      `.mode csv
.once | true
UPDATE confluent.iam.service_accounts SET description = 'seen'
WHERE id IN (SELECT id FROM confluent.iam.service_accounts LIMIT 8) RETURNING id;
SELECT count(*) AS n FROM confluent.iam.service_accounts WHERE description = 'seen';`,
    ])
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'n\n8\n' })
  })

  it('has no credentials', async () => {
    const named = Object.keys(PLANTED)
      .map(name => `-e ^${name}=`)
      .join(' ')
    const { stdout } = await cli([`.once | env | grep -c -e ^PATH= ${named}\nSELECT 1`])
    expect(stdout).toBe('1\n')
  })
})
