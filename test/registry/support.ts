import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { cli, folder, type Outcome, type RunOptions } from '../cli/support.ts'

const BLOCK = 512

/** An entry of a tar archive; `type` as in its header. */
export interface TarEntry {
  readonly name: string
  readonly text?: string
  readonly type?: string
  readonly prefix?: string
  /** Instead of the length of the text. */
  readonly size?: number
}

/** A tar archive (ustar). */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryOf), Buffer.alloc(2 * BLOCK)])
}

/** A .tgz of files by path. */
export function tgz(files: Readonly<Record<string, string>>): Buffer {
  return gzipSync(tar(Object.entries(files).map(([name, text]) => ({ name, text }))))
}

function entryOf({ name, text = '', type = '0', prefix = '', size }: TarEntry): Buffer {
  const content = Buffer.from(text)
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write((size ?? content.length).toString(8).padStart(11, '0'), 124)
  header.write(' '.repeat(8), 148)
  header.write(type, 156)
  header.write('ustar\x0000', 257)
  header.write(prefix, 345)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const rest = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
  return Buffer.concat([header, content, rest])
}

/** Writes files below a new folder. */
export function written(files: Readonly<Record<string, string | Buffer>>): string {
  const dir = folder('provider')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
  return dir
}

/** A provider in our format. */
export function acme(
  url = 'https://api.acme.example',
  more: { readonly version?: string; readonly tables?: readonly string[] } = {},
): Record<string, string> {
  const { version = '1.0.0', tables = ['widgets'] } = more
  return {
    'provider.yaml': `provider: acme
title: Acme
version: ${version}
host: api
hosts:
  api:
    url: ${url}
    auth: { kind: basic, user_env: ACME_KEY, password_env: ACME_SECRET }
services:
  shop: { title: Shop }
`,
    'shop.yaml': `service: shop
resources:
${tables
  .map(
    table => `  ${table}:
    summary: Things of the shop
    columns: { id: string, name: string }
    methods:
      list: { sql: select, call: GET /${table}, rows: $.data }
      create: { sql: insert, call: POST /${table}, body: { name: required } }
`,
  )
  .join('')}`,
  }
}

/** The program with an own store of added providers. */
export function store(): {
  readonly env: { readonly XDG_DATA_HOME: string; readonly XDG_CACHE_HOME: string }
  /** `confluentql provider …` */
  provider(args: readonly string[], options?: RunOptions): Promise<Outcome>
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>
} {
  const env = { XDG_DATA_HOME: folder('data'), XDG_CACHE_HOME: folder('cache') }
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
    cli(args, { ...options, env: { ...env, ...options.env } })
  return { env, run, provider: (args, options) => run(['provider', ...args], options) }
}
