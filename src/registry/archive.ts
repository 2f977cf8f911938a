import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ConfluentqlError } from '../errors.ts'
import { visiblePath } from './paths.ts'
import { MAX_FILE, MAX_FILES, MAX_TOTAL, megabytes } from './limits.ts'

/** A file that an archive or a folder holds. */
export interface Entry {
  /** Relative, with `/`. */
  readonly path: string
  read(): Promise<Buffer>
}

const BLOCK = 512
/** Bytes of a header that only names the next file. */
const MAX_NAME = 2 ** 16
const FILE_TYPES = new Set(['0', '\0', '7'])
const LINK_TYPES: Readonly<Record<string, string>> = {
  '1': 'a link',
  '2': 'a link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
}

/**
 * The files of a .tgz, in memory. Nothing in it is repaired: an archive with links, devices, absolute paths, `..`, wrong
 * checksums, or more than the limits is refused as a whole.
 * @param name for messages
 * @throws ConfluentqlError PROVIDER
 */
export async function readArchive(name: string, bytes: Buffer): Promise<Entry[]> {
  const tar = await decompressed(name, bytes)
  const wrong = (why: string): ConfluentqlError =>
    new ConfluentqlError('PROVIDER', `${name} is not taken: ${why}`)
  const files = new Map<string, Buffer>()
  const names = new Map<string, string>()
  /** The name and size that an extended header gives the next file. */
  let next: { path?: string; size?: number } = {}
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.every(byte => byte === 0)) break
    if (!hasChecksum(header)) throw wrong('it is no tar archive, or is damaged')
    const type = String.fromCharCode(header[156]!)
    const size = next.size ?? octal(header.subarray(124, 136))
    if (size === undefined || size > MAX_FILE)
      throw wrong(`${visiblePath(nameOf(header))} is larger than ${megabytes(MAX_FILE)}`)
    const content = tar.subarray(at + BLOCK, at + BLOCK + size)
    if (content.length < size) throw wrong('it ends too soon')
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if ((type === 'x' || type === 'L') && size > MAX_NAME) throw wrong('it has a name that is too long')
    if (type === 'x') next = { ...next, ...extended(content) }
    else if (type === 'L') next = { ...next, path: untilNul(content) }
    else if (type !== 'g' && type !== 'K') {
      const path = safePath(next.path ?? nameOf(header), wrong)
      next = {}
      if (type === '5') continue
      if (!FILE_TYPES.has(type)) throw wrong(`${visiblePath(path)} is ${LINK_TYPES[type] ?? 'no plain file'}`)
      checkUnique(path, names, wrong)
      if (files.size === MAX_FILES) throw wrong(`it has more than ${MAX_FILES.toLocaleString('en-US')} files`)
      files.set(path, content)
    }
  }
  return [...files].map(([path, content]) => ({ path, read: () => Promise.resolve(content) }))
}

/** Checks that no other file has the name, or would be its folder, also where file systems ignore case. */
function checkUnique(
  path: string,
  names: Map<string, string>,
  wrong: (why: string) => ConfluentqlError,
): void {
  const parts = path.toLowerCase().normalize('NFC').split('/')
  for (let i = 1; i <= parts.length; i++) {
    const part = parts.slice(0, i).join('/')
    const known = names.get(part)
    // '' stands for a folder
    if (known === path) throw wrong(`it has ${visiblePath(path)} twice`)
    if (known !== undefined && (known !== '' || i === parts.length))
      throw wrong(`it has ${visiblePath(path)}, and ${visiblePath(known === '' ? `${part}/` : known)}`)
    names.set(part, i === parts.length ? path : '')
  }
}

async function decompressed(name: string, bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_TOTAL })
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const why = isLarge
      ? `decompressed, it is larger than ${megabytes(MAX_TOTAL)}`
      : `it is no .tgz: ${(cause as Error).message}`
    throw new ConfluentqlError('PROVIDER', `${name} is not taken: ${why}`, { cause })
  }
}

/** Whether the checksum of a header is right: the sum of its bytes, those of the checksum taken as blanks. */
function hasChecksum(header: Buffer): boolean {
  const sum = header.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 0x20 : byte), 0)
  return octal(header.subarray(148, 156)) === sum
}

function octal(field: Buffer): number | undefined {
  const text = untilNul(field).trim()
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined
}

function nameOf(header: Buffer): string {
  const name = untilNul(header.subarray(0, 100))
  // GNU's own format has other fields in the place of the prefix
  const prefix = header.subarray(257, 263).equals(Buffer.from('ustar\0'))
    ? untilNul(header.subarray(345, 500))
    : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function untilNul(field: Buffer): string {
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}

/** The records of an extended header that matter: `LENGTH KEY=VALUE\n`, the length in bytes with everything. */
function extended(content: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {}
  for (let at = 0; at < content.length;) {
    const [, length] = /^(\d{1,7}) /.exec(content.toString('latin1', at, at + 9)) ?? []
    if (length === undefined || Number(length) <= length.length + 1) break
    const record = content.toString('utf8', at + length.length + 1, at + Number(length) - 1)
    const equals = record.indexOf('=')
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)]
    if (key === 'path') found.path = value
    // a size that is no number is larger than any limit
    if (key === 'size') found.size = /^\d+$/.test(value) ? Number(value) : Infinity
    at += Number(length)
  }
  return found
}

/** The path with its parts checked. */
function safePath(path: string, wrong: (why: string) => ConfluentqlError): string {
  const parts = path.split('/').filter(part => part !== '.' && part !== '')
  if (/^[/\\]|^[A-Za-z]:/.test(path) || parts.includes('..'))
    throw wrong(`${visiblePath(path)} leaves its folder`)
  // file systems take names of 255 bytes
  if (/[\\\p{Cc}\p{Cf}]/u.test(path) || parts.some(part => Buffer.byteLength(part) > 255))
    throw wrong(`${visiblePath(path)} is no name of a file`)
  return parts.join('/')
}
