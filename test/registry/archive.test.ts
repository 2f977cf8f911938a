import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readArchive } from '../../src/registry/archive.ts'
import { tar, type TarEntry } from './support.ts'

async function files(entries: readonly TarEntry[]): Promise<Record<string, string>> {
  const found = await readArchive('a.tgz', gzipSync(tar(entries)))
  return Object.fromEntries(
    await Promise.all(found.map(async ({ path, read }) => [path, (await read()).toString()] as const)),
  )
}

/** A record of an extended header. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const length = Buffer.byteLength(rest)
  const digits = [1, 2, 3].find(n => String(length + n).length === n)!
  return `${length + digits}${rest}`
}

describe('an archive', () => {
  it('gives its files, with names of every kind', async () => {
    const long = `${'d'.repeat(90)}/${'n'.repeat(90)}.yaml`
    expect(
      await files([
        { name: 'pax_global_header', type: 'g', text: record('comment', 'x') },
        { name: 'v1/', type: '5' },
        { name: './v1/a.yaml', text: 'a: 1\n' },
        { name: 'b.yaml', prefix: 'v1/deep', text: 'b'.repeat(1500) },
        { name: 'PaxHeader', type: 'x', text: record('mtime', '1.5') + record('path', `v1/ü/${long}`) },
        { name: 'short', text: 'pax' },
        { name: '././@LongLink', type: 'L', text: `v1/${long}\0` },
        { name: 'short', text: 'gnu' },
        { name: 'after', text: '' },
      ]),
    ).toEqual({
      'v1/a.yaml': 'a: 1\n',
      'v1/deep/b.yaml': 'b'.repeat(1500),
      [`v1/ü/${long}`]: 'pax',
      [`v1/${long}`]: 'gnu',
      after: '',
    })
  })

  it.each<readonly [what: string, entries: readonly TarEntry[], why: RegExp]>([
    ['a path that leaves it', [{ name: 'a/../../b.yaml' }], /"a\/\.\.\/\.\.\/b\.yaml" leaves its folder/],
    ['a folder that leaves it', [{ name: '../', type: '5' }], /"\.\.\/" leaves its folder/],
    ['an absolute path', [{ name: '/etc/x.yaml' }], /"\/etc\/x\.yaml" leaves its folder/],
    ['a drive', [{ name: 'C:\\x.yaml' }], /leaves its folder/],
    ['a backslash', [{ name: 'a\\..\\b.yaml' }], /is no name of a file/],
    ['an escape sequence', [{ name: 'a\u001b[2J.yaml' }], /"a\\u001b\[2J\.yaml" is no name of a file/],
    [
      'such a path in an extended header',
      [
        { name: 'x', type: 'x', text: record('path', '../b') },
        { name: 'ok', text: '' },
      ],
      /"\.\.\/b" leaves its folder/,
    ],
    ['a symbolic link', [{ name: 'a.yaml', type: '2' }], /"a\.yaml" is a link/],
    ['a hard link', [{ name: 'a.yaml', type: '1' }], /"a\.yaml" is a link/],
    ['a device', [{ name: 'a.yaml', type: '3' }], /"a\.yaml" is a device/],
    [
      'a name twice',
      [
        { name: 'a.yaml', text: '1' },
        { name: './a.yaml', text: '2' },
      ],
      /it has "a\.yaml" twice/,
    ],
    [
      'names that differ by case alone',
      [
        { name: 'd/a.yaml', text: '1' },
        { name: 'D/A.yaml', text: '2' },
      ],
      /it has "D\/A\.yaml", and "d\/a\.yaml"/,
    ],
    [
      'a file in a file',
      [
        { name: 'a.yaml', text: '1' },
        { name: 'a.yaml/b.yaml', text: '2' },
      ],
      /it has "a\.yaml\/b\.yaml", and "a\.yaml"/,
    ],
    [
      'a file for a folder',
      [
        { name: 'a/b.yaml', text: '1' },
        { name: 'a', text: '2' },
      ],
      /it has "a", and "a\/"/,
    ],
    [
      'a name longer than files have',
      [
        { name: 'x', type: 'x', text: record('path', 'n'.repeat(256)) },
        { name: 'short', text: '' },
      ],
      /is no name of a file/,
    ],
    ['text that changes its direction', [{ name: 'a\u202eb.yaml' }], /is no name of a file/],
    [
      'a negative size',
      [
        { name: 'x', type: 'x', text: record('size', '-512') },
        { name: 'y', type: 'x', text: record('comment', 'a') },
      ],
      /"y" is larger than 20 MB/,
    ],
    [
      'a size that is no number',
      [
        { name: 'x', type: 'x', text: record('size', 'abc') },
        { name: 'a.yaml', text: '1' },
      ],
      /"a\.yaml" is larger than 20 MB/,
    ],
    ['a large file', [{ name: 'a.yaml', size: 21 * 2 ** 20 }], /"a\.yaml" is larger than 20 MB/],
    ['less than it says', [{ name: 'a.yaml', size: 5000 }], /it ends too soon/],
  ])('with %s is refused', async (_what, entries, why) => {
    await expect(files(entries)).rejects.toThrow(why)
  })

  it.each<readonly [what: string, bytes: Buffer, why: RegExp]>([
    ['that is none', Buffer.from('hello'), /^a\.tgz is not taken: it is no \.tgz: /],
    [
      'that is cut off',
      gzipSync(tar([{ name: 'a', text: 'x'.repeat(9999) }])).subarray(0, 60),
      /it is no \.tgz/,
    ],
    ['of something else', gzipSync(Buffer.alloc(2048, 'x')), /it is no tar archive, or is damaged/],
    ['that decompresses to more than is taken', gzipSync(Buffer.alloc(257 * 2 ** 20)), /larger than 256 MB/],
    [
      'with too many files',
      gzipSync(tar(Array.from({ length: 20_001 }, (_, i) => ({ name: `${i}.yaml` })))),
      /more than 20,000 files/,
    ],
  ])('%s is refused', async (_what, bytes, why) => {
    await expect(readArchive('a.tgz', bytes)).rejects.toThrow(why)
  })
})
