import { spawnSync } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setImmediate as tick } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rowsOf } from '../../src/engine/result.ts'
import { openOutput } from '../../src/render/output.ts'
import { createRenderer, formatOf } from '../../src/render/renderer.ts'
import type { Row } from '../../src/render/types.ts'
import { column, iterate, options } from './support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'confluentql-render-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done(new Error('not to be written to')) })
const open = (name: string) => openOutput(join(folder, name), { stdout: nowhere })

/** Runs as a user without permissions, if the tests run as root. */
async function unprivileged<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run()
  process.seteuid?.(65534)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
  }
}

describe('a file', () => {
  test('appears whole on commit, and not before', async () => {
    const output = await open('new.csv')
    await output.write('a\n')
    await output.write('b\n'.repeat(100_000))
    expect(existsSync(join(folder, 'new.csv'))).toBe(false)
    await output.commit()
    expect(readFileSync(join(folder, 'new.csv'), 'utf8')).toBe(`a\n${'b\n'.repeat(100_000)}`)
    expect(readdirSync(folder)).toEqual(['new.csv'])
    expect(statSync(join(folder, 'new.csv')).mode & 0o777).toBe(0o666 & ~process.umask())
  })

  test('is untouched by abort, which takes effect at once', async () => {
    writeFileSync(join(folder, 'old.csv'), 'old')
    const output = await open('old.csv')
    const writing = output.write('x'.repeat(5_000_000))
    expect(readdirSync(folder)).toHaveLength(2)
    const aborting = output.abort()
    expect(readdirSync(folder)).toEqual(['old.csv'])
    await Promise.all([writing, aborting])
    await output.commit()
    expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toBe('old')
  })

  test('leaves nothing before the first write, and removes the temporary file of a killed process', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const output = await open('new.csv')
    expect(readdirSync(folder)).toEqual([])
    await output.write('a')
    const [temporary = ''] = readdirSync(folder)
    expect(temporary).toContain(`-${process.pid}-`)
    const stale = temporary.replace(`-${process.pid}-`, `-${dead}-`)
    const others = temporary
      .replace(/^\.confluentql-\w+/, '.confluentql-0123456789abcdef')
      .replace(`-${process.pid}-`, `-${dead}-`)
    for (const name of [stale, others]) writeFileSync(join(folder, name), 'half')
    const again = await open('new.csv')
    expect(readdirSync(folder).sort()).toEqual([temporary, others].sort())
    await Promise.all([output.abort(), again.abort()])
  })

  test('abort after commit changes nothing', async () => {
    const output = await open('new.csv')
    await output.write('a')
    await output.commit()
    await output.abort()
    expect(readFileSync(join(folder, 'new.csv'), 'utf8')).toBe('a')
  })

  test.each([0o600, 0o640, 0o666])('keeps its mode %o', async mode => {
    const path = join(folder, 'old.csv')
    writeFileSync(path, 'old')
    chmodSync(path, mode)
    const output = await open('old.csv')
    await output.write('new')
    await output.commit()
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o777).toBe(mode)
  })

  test.each([true, false])('a symlink is written through (its target exists: %s)', async exists => {
    mkdirSync(join(folder, 'real'))
    if (exists) writeFileSync(join(folder, 'real', 'file.csv'), 'old')
    symlinkSync('real/file.csv', join(folder, 'middle'))
    symlinkSync('middle', join(folder, 'link.csv'))
    const output = await open('link.csv')
    await output.write('new')
    await output.commit()
    expect(readlinkSync(join(folder, 'link.csv'))).toBe('middle')
    expect(readFileSync(join(folder, 'real', 'file.csv'), 'utf8')).toBe('new')
    expect([...readdirSync(folder).sort(), ...readdirSync(join(folder, 'real'))]).toEqual([
      'link.csv',
      'middle',
      'real',
      'file.csv',
    ])
  })

  test('that cannot be written is an error with the reason', async () => {
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'file'), '')
    symlinkSync('loop', join(folder, 'loop'))
    const cases = {
      sub: 'it is a folder',
      'no/x.csv': 'there is no folder',
      'file/x.csv': 'is not a folder',
      loop: 'form a loop',
      ['n'.repeat(300)]: 'too long',
    }
    for (const [name, reason] of Object.entries(cases)) {
      const failing = open(name)
      await expect(failing).rejects.toMatchObject({
        code: 'OUTPUT',
        message: expect.stringContaining(join(folder, name)),
      })
      await expect(failing).rejects.toThrow(reason)
    }
    expect(readdirSync(folder).sort()).toEqual(['file', 'loop', 'sub'])
  })

  test('without permission is an error', async () => {
    writeFileSync(join(folder, 'old.csv'), 'old', { mode: 0o444 })
    await unprivileged(async () => {
      await expect(open('old.csv')).rejects.toMatchObject({
        code: 'OUTPUT',
        message: expect.stringContaining('no permission'),
      })
      makeReadOnly(folder)
      await expect(open('new.csv')).rejects.toMatchObject({
        code: 'OUTPUT',
        message: expect.stringContaining('no permission'),
      })
    })
    chmodSync(folder, 0o755)
    expect(readdirSync(folder)).toEqual(['old.csv'])
  })

  test('that is replaced by a folder is an error on commit, and nothing is left', async () => {
    const output = await open('x.csv')
    await output.write('a')
    mkdirSync(join(folder, 'x.csv'))
    await expect(output.commit()).rejects.toMatchObject({ code: 'OUTPUT' })
    expect(readdirSync(folder)).toEqual(['x.csv'])
  })

  test.runIf(existsSync('/dev/full'))('devices are written to, not replaced', async () => {
    const full = await openOutput('/dev/full', { stdout: nowhere })
    await expect(full.write('x')).rejects.toMatchObject({
      code: 'OUTPUT',
      message: 'cannot write /dev/full: the disk is full',
    })
    await full.abort()
    const sink = await openOutput('/dev/null', { stdout: nowhere })
    await sink.write('x')
    await sink.commit()
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})

/** Only for the owner of the folder, which root is not after it switches to another user. */
function makeReadOnly(path: string): void {
  if (statSync(path).uid === process.geteuid?.()) chmodSync(path, 0o555)
}

describe('a stream', () => {
  test('that is slow applies back pressure to the rows', async () => {
    const waiting: (() => void)[] = []
    let taken = 0
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        taken += chunk.length
        waiting.push(done)
      },
    })
    const output = await openOutput(undefined, { stdout: slow })
    const rows = Array.from({ length: 1000 }, () => ['x'.repeat(1000)])
    const count = { rows: 0 }
    async function* counted(): AsyncGenerator<readonly Row[]> {
      for (const row of rows) {
        count.rows += 1
        yield [row]
      }
    }
    const writing = createRenderer(options('csv'), output.write).result({}, [column('a')], rowsOf(counted))
    let steps = 0
    const state = { finished: false }
    void writing.then(() => (state.finished = true))
    while (!state.finished) {
      for (let i = 0; i < 20; i += 1) await tick()
      expect(count.rows * 1000 - taken).toBeLessThan(1000)
      steps += 1
      waiting.shift()?.()
    }
    expect(taken).toBe(2 + 1001 * 1000)
    expect(steps).toBeGreaterThan(3)
    expect(steps).toBeLessThan(25)
    expect(waiting).toEqual([])
  })

  test('whose reader closes its end ends the result', async () => {
    const reader = spawn(process.execPath, ['-e', 'process.stdin.once("data", () => process.exit(0))'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const output = await openOutput(undefined, { stdout: reader.stdin })
    const rows = Array.from({ length: 20_000 }, () => ['x'.repeat(1000)])
    const writing = createRenderer(options('ndjson'), output.write).result({}, [column('a')], iterate(rows))
    await expect(writing).rejects.toMatchObject({ code: 'ABORTED' })
    expect(output.closed).toBe(true)
    await expect(output.write('more')).rejects.toMatchObject({ code: 'ABORTED' })
    await output.commit()
    if (reader.exitCode === null) await once(reader, 'exit')
  })

  test('that fails for another reason is an error, also for later writes', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
    })
    const output = await openOutput(undefined, { stdout: full })
    await expect(output.write('a')).rejects.toMatchObject({
      code: 'OUTPUT',
      message: 'cannot write to standard output: the disk is full',
    })
    await expect(output.write('b')).rejects.toMatchObject({ code: 'OUTPUT' })
    expect(output.closed).toBe(false)
    await output.abort()
  })

  test('that is a file is written without the stream of Node, which does not notice a short write', async () => {
    const stream = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
      fd: openSync(join(folder, 'stdout'), 'w'),
    })
    for (const text of ['a\n', 'b\n']) {
      const output = await openOutput(undefined, { stdout: stream })
      await output.write(text)
      await output.commit()
    }
    expect(readFileSync(join(folder, 'stdout'), 'utf8')).toBe('a\nb\n')
  })

  test('has as many listeners afterwards as before', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
    for (let i = 0; i < 20; i += 1) await (await openOutput(undefined, { stdout: stream })).commit()
    expect(stream.listenerCount('error')).toBe(0)
    expect(stream.destroyed || stream.writableEnded).toBe(false)
  })
})

test.each([
  ['table', ' a\n---\n x\n'],
  ['csv', 'a\nx\n'],
  ['json', '[\n{"a":"x"}'],
] as const)('%s: rows before a failure are written, and json is not closed', async (format, expected) => {
  let text = ''
  const renderer = createRenderer(options(format), async chunk => {
    text += chunk
  })
  const failure = new Error('the third row')
  await expect(renderer.result({}, [column('a')], iterate([['x']], failure))).rejects.toBe(failure)
  await renderer.end()
  expect(text).toBe(expected)
})

test.each(['table', 'vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown'] as const)(
  '%s is written in chunks of about 256 KB, and what there is does not wait for them',
  async format => {
    const chunks: number[] = []
    const renderer = createRenderer(options(format), async chunk => {
      chunks.push(chunk.length)
    })
    await renderer.result({}, [column('a')], iterate(Array.from({ length: 1000 }, () => ['x'.repeat(1000)])))
    await renderer.end()
    expect(Math.max(...chunks)).toBeLessThan(270_000)
    expect(chunks.length).toBeLessThan(100)
    if (format !== 'table') expect(chunks[0]).toBeLessThan(3000)
  },
)

test('the format follows the extension', () => {
  const formats = ['a.csv', 'a.TSV', 'b/a.json', 'a.ndjson', 'a.jsonl', 'a.md', 'a.x.txt'].map(file =>
    formatOf(file),
  )
  expect(formats).toEqual(['csv', 'tsv', 'json', 'ndjson', 'ndjson', 'markdown', 'table'])
  for (const path of ['a.doc', 'csv', '.csv', '/dev/stdout', '']) {
    expect(() => formatOf(path)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        hint: expect.stringContaining('.csv .tsv .json .ndjson .jsonl .md'),
      }),
    )
  }
})
