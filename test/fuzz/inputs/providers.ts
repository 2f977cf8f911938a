import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileProvider, compileService, parseProvider } from '../../../src/catalog/compile/compile.ts'
import { parseSource } from '../../../src/catalog/compile/format.ts'
import type { Random } from '../random.ts'
import { ensure, outcomeOf, type Target } from './target.ts'
import { mutated } from './texts.ts'

const FOLDER = fileURLToPath(new URL('../../../providers/confluent', import.meta.url))
const FILES = ['sts', 'endpoints', 'org', 'metrics', 'ccl', 'billing', 'ksqldb_clusters'].map(name =>
  readFileSync(`${FOLDER}/${name}.yaml`, 'utf8'),
)
const PROVIDER = `provider: shop
title: A shop
version: 1.0.0
hosts:
  main: { url: 'https://shop.example', url_env: SHOP_URL, auth: { kind: basic, user_env: U, password_env: P } }
  other: { url_param: address, kind: k, domains: [shop.example], auth: { kind: none } }
host: main
paging:
  pages: { kind: token, param: after, next: $.next, size: n, max: 10 }
types:
  money: { fields: { amount: number, currency: { type: string, values: [EUR, USD] } } }
services:
  stock: { title: Stock, about: What there is }
views:
  all: { summary: All, sql: SELECT * FROM shop.stock.items }
`
const YAML = [
  ': ',
  '- ',
  '  ',
  '\n',
  '\n  ',
  '\t',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '<<: *a',
  '!!str ',
  '!!js/function ',
  '? ',
  '| \n',
  '> \n',
  '"',
  "'",
  '#',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  'null',
  'true',
  '0x1',
  '1e999',
  '~',
  '.inf',
  'type: ',
  'string',
  'integer',
  'object',
  'fields: ',
  'items: ',
  'sql: select',
  'call: ',
  'GET /x/{y}',
  'GET /{x}/../{x}',
  'input: true',
  'at: $.a.b',
  'paging: ',
  'column: ',
  'required',
  'rows: $',
  'methods:',
  'columns:',
  '__proto__: ',
  'constructor: ',
  'toString',
  '[]',
  'string[]',
  '\r\n',
  '\0',
  '\x1b[31m',
  '\ufeff',
]

function check(
  text: string,
  what: { readonly error?: { readonly code: string; readonly message: string } | undefined },
): void {
  if (!what.error) return
  ensure(what.error.code === 'PROVIDER', `code ${what.error.code}: ${what.error.message}`, text)
  for (const line of what.error.message.split('\n'))
    ensure(/^file\.yaml:\d+:/.test(line), `no file and place: ${line}`, text)
}

async function compiles(r: Random, provider: ReturnType<typeof parseProvider>): Promise<void> {
  if (r.chance(0.3)) {
    const text = mutated(r, PROVIDER, YAML)
    const made = await outcomeOf(text, () => compileProvider(parseSource('file.yaml', text, 'provider')))
    check(text, made)
    if (made.value)
      ensure(
        Object.values(made.value.hosts).every(
          h => h.url === '' || /^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]?/.test(h.url),
        ),
        'a host without TLS',
        text,
      )
    return
  }
  const text = mutated(r, r.pick(FILES), YAML)
  const made = await outcomeOf(text, () => compileService('file.yaml', text, provider))
  check(text, made)
  for (const { name, methods, columns } of made.value?.resources ?? []) {
    ensure(
      columns.length > 0 && new Set(columns.map(c => c.name)).size === columns.length,
      `columns of ${name}`,
      text,
    )
    for (const m of methods)
      ensure(m.path.startsWith('/') && !/\/\.\.?(?:\/|$)|[\s\0?#]/.test(m.path), `path ${m.path}`, text)
  }
}

export const PROVIDERS: readonly Target[] = [
  {
    name: 'provider files',
    defaultCount: 60,
    open: async () => {
      const provider = parseProvider(`${FOLDER}/provider.yaml`)
      return { attempt: r => compiles(r, provider) }
    },
  },
]
