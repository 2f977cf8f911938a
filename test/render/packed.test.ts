import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsOf } from '../../src/engine/result.ts'
import { Session } from '../../src/index.ts'
import { PackedRows } from '../../src/packed.ts'
import { createRenderer, packingOf } from '../../src/render/renderer.ts'
import type { RenderOptions } from '../../src/render/types.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { arbitraryJson, arbitraryText, options, pick, random } from './support.ts'

const TEXTS = ['id', 'email', 'auth_type', 'status']
let seed = 0
let session: Session

/** An invitation with arbitrary values that fit its columns, but for a time in an object. */
function invitation(next: () => number): Record<string, unknown> {
  const text = (): unknown =>
    pick(next, [
      () => arbitraryText(next),
      () => arbitraryText(next).repeat(20),
      () => null,
      () => '\ud7ff\ud83d\ude00',
      () => '\ufffd\u0000ÿþý\x1e',
    ])()
  const object = (): unknown => pick<unknown>(next, [null, { id: text(), x: arbitraryJson(next) }])
  const columns = [
    ...TEXTS.map(name => [name, pick(next, [text, () => arbitraryJson(next)])()]),
    ['accepted_at', text()],
    ['metadata', { created_at: pick<unknown>(next, [text(), text(), 5, true]), y: arbitraryJson(next) }],
    ['user', object()],
    ['creator', object()],
  ]
  return Object.fromEntries(columns.filter(() => next() < 0.9))
}

const server = createServer((request, response) => {
  const at = Number(new URL(request.url!, 'http://p').searchParams.get('page_token') ?? 0)
  const next = random(seed * 100 + at)
  const data = Array.from({ length: Math.floor(next() * 6) }, (_, i): Record<string, unknown> => ({
    ...invitation(next),
    ...(i === 0 && { kind: `page ${at}` }),
  }))
  // no row of a page may have a key of another
  const unique = data.map(row => ({
    ...row,
    ...(at > 0 && row['id'] != null && { id: `${JSON.stringify(row['id'])} ${at}` }),
  }))
  response.end(JSON.stringify({ metadata: at < 2 ? { next: `?page_token=${at + 1}` } : {}, data: unique }))
})

beforeAll(async () => {
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  session = new Session({
    env: { CONFLUENT_CLOUD_ENDPOINT: url, CONFLUENT_CLOUD_API_KEY: 'k', CONFLUENT_CLOUD_API_SECRET: 's' },
    builtIn: compiledDir(),
  })
})
afterAll(async () => {
  await session.close()
  server.close()
})

/** The csv of a statement, one character per byte, and its number of packed batches. `packed`: lines as the renderer asks for them, or fields. */
async function csvOf(
  sql: string,
  packed: boolean | 'fields',
  more: Partial<RenderOptions> = {},
): Promise<{ text: string; packs: number; batches: number }> {
  const chunks: Uint8Array[] = []
  const settings = options('csv', more)
  const packing = packed === true ? (packingOf(settings) ?? 'fields') : packed || undefined
  const renderer = createRenderer(settings, async chunk => {
    chunks.push(Buffer.from(chunk as Uint8Array))
  })
  let [packs, batches] = [0, 0]
  for await (const { columns, rows } of session.run(sql)) {
    await renderer.result(
      {},
      columns,
      rowsOf(async function* () {
        for await (const batch of rows.batches(packing)) {
          batches++
          if (batch instanceof PackedRows) packs++
          yield batch
        }
      }),
    )
  }
  await renderer.end()
  return { text: Buffer.concat(chunks).toString('latin1'), packs, batches }
}

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1)

test.each<[string, Partial<RenderOptions>]>([
  ['SELECT * FROM confluent.iam.invitations', {}],
  ['SELECT id, email, metadata FROM confluent.iam.invitations WHERE email IS NOT NULL', { delimiter: '\t' }],
  ['SELECT email FROM confluent.iam.invitations', { header: false, delimiter: ';' }],
  ['SELECT metadata, id AS "a,b", id FROM confluent.iam.invitations', { delimiter: '€' }],
  ['SELECT email, metadata FROM confluent.iam.invitations', { nullText: 'NULL' }],
  ['SELECT * FROM confluent.iam.invitations', { delimiter: ':' }],
  ['SELECT * FROM confluent.iam.invitations', { delimiter: '{' }],
  ['SELECT metadata, email, user FROM confluent.iam.invitations', { delimiter: '1' }],
])('rows that come packed are the csv that they are one by one: %s %j', async (sql, more) => {
  for (seed of SEEDS) {
    const one = await csvOf(sql, false, more)
    const packed = await csvOf(sql, true, more)
    expect(packed.text, `seed ${seed}`).toBe(one.text)
    expect((await csvOf(sql, 'fields', more)).text, `seed ${seed}`).toBe(one.text)
    expect([one.packs, packed.packs], `seed ${seed}`).toEqual([0, packed.batches])
  }
})

test('a field of an object is packed if it is text, and passed row by row otherwise', async () => {
  let [packs, batches] = [0, 0]
  for (seed of SEEDS) {
    const one = await csvOf('SELECT metadata.created_at, email FROM confluent.iam.invitations', false)
    const packed = await csvOf('SELECT metadata.created_at, email FROM confluent.iam.invitations', true)
    expect(packed.text, `seed ${seed}`).toBe(one.text)
    packs += packed.packs
    batches += packed.batches
  }
  expect(packs).toBeGreaterThan(10)
  expect(batches - packs).toBeGreaterThan(10)
})

test.each([
  [
    'more columns than a function takes',
    `SELECT ${Array(501).fill('id').join(', ')} FROM confluent.iam.invitations`,
  ],
  ['what is computed', "SELECT upper(email), cast(x'fdfeff' AS TEXT) FROM confluent.iam.invitations"],
  ['numbers', 'SELECT id, count(*) OVER () FROM confluent.iam.invitations'],
  ['what LIMIT cuts', 'SELECT id, email FROM confluent.iam.invitations LIMIT 3 OFFSET 2'],
  ['what is sorted', 'SELECT id, email FROM confluent.iam.invitations ORDER BY 2, 1'],
])('%s comes one by one, and is the same', async (_, sql) => {
  for (seed of SEEDS.slice(0, 30)) {
    const packed = await csvOf(sql, true)
    expect(packed.packs).toBe(0)
    expect(packed.text, `seed ${seed}`).toBe((await csvOf(sql, false)).text)
  }
})
