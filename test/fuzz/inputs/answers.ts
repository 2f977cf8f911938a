import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { compileProviders } from '../../../src/compiler.ts'
import { loadCatalog } from '../../../src/catalog/sources/load.ts'
import { Session } from '../../../src/engine/session.ts'
import { createClient } from '../../../src/http/client.ts'
import { isLike } from '../../../src/plan/statements/like.ts'
import type { Random } from '../random.ts'
import { ensure, outcomeOf, shown, type Target } from './target.ts'
import { mutated, randomCharacters } from './texts.ts'

const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } } }
host: main
paging: { token: { kind: token, param: page_token, size: page_size, max: 2, next: $.metadata.next } }
services: { s: { title: S } }
`
const SERVICE = `
service: s
resources:
  things:
    summary: Things
    columns: { id: string, size: integer, spec: object }
    methods: { list_things: { sql: select, call: 'GET /things', rows: $.data, paging: token } }
  a_thing_of_their_own: { summary: One, columns: { id: string }, methods: { get: { sql: select, call: 'GET /one' } } }
  things_k: { summary: K, columns: { id: string }, methods: { get: { sql: select, call: 'GET /k' } } }
`

/** A session on a server that answers every request with the given text. */
export async function open(): Promise<{
  readonly session: Session
  answer: (text: string) => void
  close: () => Promise<void>
}> {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-fuzz-'))
  mkdirSync(join(dir, 'in', 'p'), { recursive: true })
  writeFileSync(join(dir, 'in', 'p', 'provider.yaml'), PROVIDER)
  writeFileSync(join(dir, 'in', 'p', 's.yaml'), SERVICE)
  compileProviders(join(dir, 'in'), join(dir, 'out'))
  let body = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(body)
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const env = { P_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const session = new Session({
    catalog: loadCatalog(join(dir, 'out')),
    connect: async () => createClient({ env, retries: 0 }),
  })
  return {
    session,
    answer: text => {
      body = text
    },
    async close() {
      await session.close()
      server.closeAllConnections()
      await new Promise(resolve => {
        server.close(resolve)
      })
      rmSync(dir, { recursive: true })
    },
  }
}

export async function rowsOf(session: Session, sql: string): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

const JSON_PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"id"',
  '"data"',
  '"x":',
  'null',
  'true',
  'NaN',
  'Infinity',
  '0x10',
  '1e400',
  '-',
  '01',
  '.5',
  "'a'",
  '\\u0000',
  '\\ud800',
  '\\',
  '//',
  '/**/',
  '"metadata":{"next":"t"}',
  '\t',
  '\0',
  '\ufeff',
  '{}',
  '[]',
  '9007199254740993',
  '"__proto__":1,',
]

function anyJson(r: Random, depth = 0): unknown {
  return r.weighted<() => unknown>([
    [2, () => null],
    [2, () => r.chance(0.5)],
    [3, () => r.int(-9, 999)],
    [2, () => r.pick([0.1, 1e21, -2.5e-9, 2 ** 53])],
    [5, () => randomCharacters(r, 6)],
    [depth < 3 ? 2 : 0, () => Array.from({ length: r.int(0, 3) }, () => anyJson(r, depth + 1))],
    [
      depth < 3 ? 3 : 0,
      () =>
        Object.fromEntries(Array.from({ length: r.int(0, 3) }, () => [keyName(r), anyJson(r, depth + 1)])),
    ],
  ])()
}

/** A key without NUL, because SQLite reads keys only up to NUL. */
const keyName = (r: Random): string =>
  r.chance(0.6)
    ? r.pick([
        'a',
        'b',
        'id',
        'name',
        'a b',
        'a.b',
        'A',
        '0',
        '$',
        '',
        '__proto__',
        'select',
        'é',
        '"',
        "'",
        '\\',
        '[0]',
        '#',
      ])
    : randomCharacters(r, 3).replaceAll('\0', '')

async function answers(r: Random, { session, answer }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const data = Array.from({ length: r.int(0, 4) }, () => ({
    id: r.chance(0.8) ? randomCharacters(r, 8) : anyJson(r),
    size: r.chance(0.8) ? r.int(-5, 5) : anyJson(r),
    spec: anyJson(r),
  }))
  const right = JSON.stringify({ data, metadata: {} }, null, r.pick([0, 2]))
  const text = r.chance(0.8) ? mutated(r, right, JSON_PIECES, 3) : right
  answer(text)
  const { value: rows, error } = await outcomeOf(text, () =>
    rowsOf(session, 'SELECT id, spec FROM p.s.things'),
  )
  const parsed = parse(Buffer.from(text).toString())
  const list = parsed?.data
  if (error) {
    ensure(
      ['RESPONSE', 'LIMIT'].includes(error.code) && error.message.includes('/things'),
      `${error.code}: ${error.message}`,
      text,
    )
    // what a column cannot hold unchanged: a boolean in spec, a boolean or a text like 007 in size
    const isUnlike = / in (?:size|spec) of p\.s\.things where an? \w+ was expected$/.test(error.message)
    const isAllowed = isUnlike && data.some(d => typeof d.spec !== 'object' || typeof d.size !== 'number')
    ensure(
      text !== right || hasDuplicates(data) || hasLoneSurrogate(data) || isAllowed,
      `refused: ${error.message}`,
      text,
    )
    return
  }
  ensure(parsed !== undefined, 'invalid JSON gave rows', text)
  ensure(!hasLoneSurrogate(parsed), 'a lone surrogate gave rows', text)
  // for duplicate keys this program uses the first value, JSON.parse the last
  if ((text.match(/data/g) ?? []).length > 1 || !(list === null || Array.isArray(list))) return
  const wanted = (list ?? []) as Record<string, unknown>[]
  ensure(rows.length === wanted.length, `${rows.length} rows of ${wanted.length}`, text)
  if (text !== right) return
  rows.forEach(([id], i) => {
    const { id: given } = wanted[i]!
    if (typeof given === 'string')
      ensure(
        withoutLoneSurrogates(id as string) === withoutLoneSurrogates(given),
        `id ${JSON.stringify(id)} is not ${JSON.stringify(given)}`,
        text,
      )
    else if (given === null) ensure(id === null, `id ${String(id)} is not NULL`, text)
  })
}

const db = new Database(':memory:')
const like = db.prepare('SELECT ? LIKE ?').pluck()

function parse(text: string): { readonly data?: unknown } | undefined {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as { readonly data?: unknown }
  } catch {
    return undefined
  }
}

/** Whether data has a lone surrogate, which JSON.stringify writes as an escape. */
const hasLoneSurrogate = (data: unknown): boolean =>
  /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(data) ?? '')

/** Whether rows occur twice: the program rejects them although the JSON is valid. */
const hasDuplicates = (data: readonly unknown[]): boolean =>
  new Set(data.map(d => JSON.stringify(d))).size < data.length

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A path into an object returns the value at that path. */
async function paths(r: Random, { session, answer }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const names = Array.from({ length: r.int(1, 4) }, () => keyName(r))
  const value = anyJson(r, 2)
  const spec = names.reduceRight<unknown>(
    (inside, name) =>
      Object.fromEntries([...(r.chance(0.5) ? [[keyName(r), anyJson(r, 3)] as const] : []), [name, inside]]),
    value,
  )
  answer(JSON.stringify({ data: [{ id: 'x', spec }] }))
  const asked = r.chance(0.2) ? [...names.slice(0, -1), keyName(r)] : names
  const path = asked.map(n => (/^[a-z]+$/i.test(n) && n !== 'select' ? n : quoted(n))).join('.')
  const sql = `SELECT ${r.pick(['', 't.', 'T.'])}spec.${path} AS v FROM p.s.things t`
  const what = `${sql} of ${JSON.stringify(spec)}`
  const { value: rows, error } = await outcomeOf(what, () => rowsOf(session, sql))
  if (error)
    return ensure(
      hasLoneSurrogate(spec) || asked.some(n => !/^[\w $.#[\]é]+$/.test(n)),
      `refused: ${error.code} ${error.message}`,
      what,
    )
  const there = asked.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name)
        ? (at as Record<string, unknown>)[name]
        : null,
    spec,
  )
  ensure(
    rows.length === 1 && same(rows[0]![0], there),
    `gives ${shown(String(rows[0]?.[0]))}, there is ${shown(JSON.stringify(there))}`,
    what,
  )
}

function same(found: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'boolean') return Number(found) === Number(wanted)
  if (typeof wanted === 'number') return Number(found) === wanted
  if (typeof wanted === 'object' && wanted !== null)
    return JSON.stringify(JSON.parse(String(found))) === JSON.stringify(wanted)
  return wanted === null
    ? found === null
    : withoutLoneSurrogates(String(found)) === withoutLoneSurrogates(String(wanted))
}

/** Replaces lone surrogates as UTF-8 does, and each run of replacement characters by one. */
const withoutLoneSurrogates = (text: string): string =>
  Buffer.from(text)
    .toString()
    .replace(/\ufffd+/g, '\ufffd')

async function likes(r: Random, { session }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const names = ['things', 'a_thing_of_their_own', 'things_k']
  const piece = (): string =>
    r.weighted<() => string>([
      [4, () => '%'],
      [2, () => '_'],
      [3, () => r.pick(names).slice(r.int(0, 5), r.int(5, 20))],
      [2, () => r.pick(['T', 'K', '\u212a', 'İ', 'i', '\\', '%%', "'", 'ſ'])],
      [1, () => randomCharacters(r, 2)],
    ])()
  const pattern = Array.from({ length: r.int(0, 6) }, piece)
    .join('')
    .replaceAll('\0', '')
  const sql = `SHOW RESOURCES IN p.s LIKE '${pattern.replaceAll("'", "''")}'`
  const { value: plan, error } = await outcomeOf(sql, () => session.plan(sql))
  ensure(plan?.kind === 'rows', `refused: ${error?.message}`, sql)
  const wanted = names.filter(n => like.get(n, pattern) === 1).toSorted()
  const found = plan.rows.map(row => String(row[0])).toSorted()
  ensure(
    JSON.stringify(found) === JSON.stringify(wanted),
    `gives ${found.join()}, LIKE gives ${wanted.join()}`,
    sql,
  )
  // long patterns and texts
  const long = r.pick(['a', 'ab', '%a', '_a']).repeat(r.int(1, 300))
  const text = r.pick(['a', 'ab', 'aab']).repeat(r.int(1, 300))
  ensure(isLike(text, long) === (like.get(text, long) === 1), `isLike differs of ${text}`, long)
}

export const ANSWERS: readonly Target[] = [
  {
    name: 'answers of the API',
    defaultCount: 60,
    open: async () => {
      const server = await open()
      return { attempt: r => answers(r, server), close: server.close }
    },
  },
  {
    name: 'dotted paths',
    defaultCount: 80,
    open: async () => {
      const server = await open()
      return { attempt: r => paths(r, server), close: server.close }
    },
  },
  {
    name: 'patterns of SHOW',
    defaultCount: 200,
    open: async () => {
      const server = await open()
      return { attempt: r => likes(r, server), close: server.close }
    },
  },
]
