import { randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../src/engine/result.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import type { Format, ResultColumn, Row } from '../../src/render/types.ts'
import { folder } from '../cli/support.ts'

const COLUMNS: ResultColumn[] = [
  { name: 'n', type: 'integer' },
  { name: 'text', type: 'string' },
]
const BATCHES = 12
const SIZE = 1000
/** A text of 800 characters that cannot be compressed to less than 600 bytes. */
const TEXTS = Array.from({ length: SIZE }, () => randomBytes(600).toString('base64'))

/** What the temporary files of this process in a folder are: unlinked ones, by their modes. */
function unlinked(dir: string): number[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(dir) && path.endsWith(' (deleted)')
        ? [statSync(`/proc/self/fd/${fd}`).mode & 0o777]
        : []
    } catch {
      return []
    }
  })
}

/** Renders rows of 10 MB; what the document is, and the modes of the temporary files before the last rows. */
async function rendered(format: Format, dir: string): Promise<{ document: Buffer; modes: number[] }> {
  process.env.TMPDIR = dir
  const parts: Buffer[] = []
  const renderer = createRenderer({ format, header: true }, async data => {
    parts.push(Buffer.from(data))
  })
  let modes: number[] = []
  async function* batches(): AsyncGenerator<Row[], void, void> {
    for (let batch = 0; batch < BATCHES; batch++) {
      modes = unlinked(dir)
      yield TEXTS.map((text, i) => [batch * SIZE + i, text])
    }
  }
  await renderer.result({}, COLUMNS, rowsOf(batches))
  await renderer.end()
  return { document: Buffer.concat(parts), modes }
}

const given = process.env.TMPDIR
afterEach(() => {
  if (given === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = given
})

describe.runIf(process.platform === 'linux')('a document that is kept until its last row', () => {
  it('keeps the text of html in an unlinked file of its owner, and closes it', async () => {
    const dir = folder()
    const { document, modes } = await rendered('html', dir)
    expect(modes).toEqual([0o600])
    expect([unlinked(dir), readdirSync(dir)]).toEqual([[], []])
    const cells = [
      ...document.toString().matchAll(/<tr><td class="num">(\d+)<\/td><td class="long">([^<]+)/g),
    ]
    expect(cells.map(([, n, text]) => [Number(n), text])).toEqual(
      Array.from({ length: BATCHES * SIZE }, (_, i) => [i, TEXTS[i % SIZE]]),
    )
  })

  it('closes the file of an html document that is not completed', async () => {
    const dir = folder()
    process.env.TMPDIR = dir
    const renderer = createRenderer({ format: 'html', header: true }, async () => {})
    async function* rows(): AsyncGenerator<Row[], void, void> {
      for (let batch = 0; batch < BATCHES; batch++) yield TEXTS.map((text, i) => [i, text])
    }
    await renderer.result({}, COLUMNS, rowsOf(rows))
    expect(unlinked(dir)).toEqual([0o600])
    renderer.discard?.()
    await expect.poll(() => unlinked(dir)).toEqual([])
  })

  it('keeps the rows of Parquet in such a file', async () => {
    const dir = folder()
    const { document, modes } = await rendered('parquet', dir)
    expect(modes).toEqual([0o600])
    expect([unlinked(dir), readdirSync(dir)]).toEqual([[], []])
    const rows = await parquetReadObjects({ file: new Uint8Array(document).buffer })
    expect(rows).toEqual(
      Array.from({ length: BATCHES * SIZE }, (_, i) => ({ n: BigInt(i), text: TEXTS[i % SIZE] })),
    )
  })

  it.each(['html', 'parquet'] as const)(
    '%s: a file that cannot be made is an error that names TMPDIR',
    async format => {
      await expect(rendered(format, '/no/such/folder')).rejects.toMatchObject({
        code: 'OUTPUT',
        message: 'cannot write a temporary file in /no/such/folder: there is no folder /no/such/folder',
        hint: 'set TMPDIR to a folder that can be written, on a disk with enough space',
      })
    },
  )
})
