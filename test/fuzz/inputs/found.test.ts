import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readItems } from '../../../src/cli/script/items.ts'
import { isLike } from '../../../src/plan/show.ts'
import { cli } from '../../cli/support.ts'
import { options, renderBytes } from '../../render/support.ts'
import { open, rowsOf } from './answers.ts'

/* What the fuzz has found, each as it was made small. */

describe('dotted paths', async () => {
  const world = await open()
  afterAll(() => world.close())

  it.each([
    ['"', 'spec.""""'], ['a"b', 'spec."a""b"'], ['\\', 'spec."\\"'], ['a\\', 'spec."a\\"'], ['\\"', 'spec."\\"""'], ["'", 'spec."\'"'], ['$', 'spec."$"'], ['[0]', 'spec."[0]"'], ['a.b', 'spec."a.b"'], ['', 'spec.""'],
  ])('the key %j is found by %s', async (key, path) => {
    world.answer(JSON.stringify({ data: [{ id: 'x', spec: { [key]: { in: 'there' } } }] }))
    expect(await rowsOf(world.session, `SELECT ${path}."in" FROM p.s.things`)).toEqual([['there']])
    expect(await rowsOf(world.session, `SELECT id FROM p.s.things WHERE ${path}."in" = 'there' ORDER BY ${path}."in"`)).toEqual([['x']])
  })
})

describe('patterns of SHOW', () => {
  it.each([['things_k', '%\u212a', false], ['things_k', '%K', true], ['ſ', 's', false], ['É', 'é', false]])('%j LIKE %j: %s', (text, pattern, wanted) => {
    expect(isLike(text, pattern)).toBe(wanted)
  })
})

describe('script items', () => {
  it('what is part of a name to SQLite is no blank before a command, so that no command can stand in a statement', () => {
    expect(() => readItems('\u00a0\\d x\na.b')).toThrow('unexpected character')
    expect(readItems('\u00a0.tables\na.b').items.map(i => i.kind)).toEqual(['statement'])
  })
})

describe('a damaged Parquet file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-found-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  /** With the first page overwritten, and the n-th time that the name of the first column stands in it, another name. */
  const damaged = async (n: number): Promise<Buffer> => {
    const column = (name: string) => ({ name, type: 'string' as const })
    const bytes = await renderBytes(options('parquet'), { columns: [column('first_one'), column('second_one')], rows: [['a', 'b'], ['c', 'd']] })
    let at = -1
    for (let i = 0; i < n; i++) at = bytes.indexOf('first_one', at + 1)
    if (at >= 0) bytes.write('first_two', at)
    return bytes.fill(0xff, 4, 30)
  }

  it.each([0, 1, 2])('is an error that says so, and never the end of the program (%i)', async n => {
    const file = join(dir, `${n}.parquet`)
    writeFileSync(file, await damaged(n))
    const { status, stdout, stderr } = await cli(['diff', file, file])
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: cannot read .*\d\.parquet: .+\n$/)
    expect(stderr).not.toMatch(/undefined|bounds/)
  })
})
