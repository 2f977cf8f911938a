import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { folder, PLANTED, secretsIn } from '../cli/support.ts'
import { untilBusy } from '../support/busy.ts'
import { open, type Opened } from './support.ts'
import { people, world } from './world.ts'

const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n'
const DELETE = 'DELETE FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users)'

/** The processes in which a server runs statements. */
function enginesOf({ pid }: Opened): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid()), '-f', 'mcp-engine.js'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

const isThere = (pid: number): boolean => enginesExist([pid]).length > 0

function enginesExist(pids: readonly number[]): number[] {
  return pids.filter(pid => {
    try {
      return /\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  })
}

describe('a statement that SQLite does not end', () => {
  it('blocks no other call, and is ended when it is cancelled', async () => {
    const { url } = await world(() => people(3))
    const audit = join(folder(), 'audit.jsonl')
    const server = await open(['--endpoint', url, '--audit', audit])
    await server.call('query', { sql: 'SELECT 1' })
    const control = new AbortController()
    const said = server.call('query', { sql: ENDLESS }, { signal: control.signal })
    const [busy] = enginesOf(server)
    await untilBusy(busy!)
    const others = await Promise.all([
      server.call('query', { sql: 'SELECT count(*) FROM confluent.iam.users' }),
      server.call('describe_table', { table: 'confluent.clusters' }),
      server.call('search_tables', { words: 'users' }),
    ])
    expect(others[0]!.rows).toEqual([[3]])
    expect(isThere(busy!)).toBe(true)
    control.abort()
    await expect(said).rejects.toThrow()
    await vi.waitFor(() => expect(isThere(busy!)).toBe(false), 5000)
    expect((await server.call('query', { sql: 'SELECT 2' })).rows).toEqual([[2]])
    const outcomes = readFileSync(audit, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { statement: string; outcome: string })
    expect(outcomes.find(({ statement }) => statement === ENDLESS)?.outcome).toBe('cancelled')
  })

  it('is ended by the time limit', async () => {
    const server = await open(['--query-timeout', '1'])
    const said = await server.call('query', { sql: ENDLESS })
    expect([said.isError, said.text]).toEqual([true, expect.stringContaining('took longer than 1 s')])
    expect(said.text).toContain('--query-timeout')
    expect((await server.call('query', { sql: 'SELECT 2' })).rows).toEqual([[2]])
  })

  it('ends with the server, also if that is killed', async () => {
    const server = await open([])
    await server.call('query', { sql: 'SELECT 1' })
    server.call('query', { sql: ENDLESS }).catch(() => {})
    const engines = enginesOf(server)
    await untilBusy(engines[0]!)
    process.kill(server.pid(), 'SIGKILL')
    await vi.waitFor(() => expect(enginesExist(engines)).toEqual([]), 5000)
  })
})

describe('an engine that is killed', () => {
  it('fails its call, and the next call has another', async () => {
    let isAsked: (() => void) | undefined
    const asked = new Promise<void>(resolve => (isAsked = resolve))
    const { url } = await world(() => people(1), { delay: () => 60_000, onRequest: () => isAsked?.() })
    const server = await open(['--endpoint', url])
    await server.call('query', { sql: 'SELECT 1' })
    const said = server.call('query', { sql: 'SELECT id FROM confluent.iam.users' })
    // the message is written only after this turn, and an engine that dies before it is replaced
    await asked
    process.kill(enginesOf(server)[0]!, 'SIGKILL')
    expect((await said).text).toContain('the process that ran the statement ended: it was killed')
    expect((await said).isError).toBe(true)
    expect((await server.call('query', { sql: 'SELECT 2' })).rows).toEqual([[2]])
  })

  it('leaves a change of which it says that its outcome is unknown', async () => {
    let isSent: (() => void) | undefined
    const sent = new Promise<void>(resolve => (isSent = resolve))
    let hangs = false
    const { url, changes } = await world(() => people(2), {
      delay: () => (hangs ? 60_000 : 0),
      onRequest: ({ method }) => {
        if (method !== 'DELETE') return
        hangs = true
        isSent?.()
      },
    })
    const audit = join(folder(), 'audit.jsonl')
    const server = await open(['--endpoint', url, '--allow-changes', '--audit', audit], {
      onForm: () => ({ action: 'accept', content: { send: true } }),
    })
    const { text } = await server.call('plan_change', { sql: DELETE })
    const id = /^plan: ([0-9a-f]+)$/m.exec(text)![1]
    const said = server.call('apply_change', { sql: DELETE, plan: id })
    await sent
    for (const pid of enginesOf(server)) process.kill(pid, 'SIGKILL')
    expect(await said).toMatchObject({
      isError: true,
      text: expect.stringContaining('which of 2 requests had been sent is unknown') as string,
    })
    expect(changes()).toEqual(['DELETE /iam/v2/users/u-1'])
    const lines = readFileSync(audit, 'utf8').trim().split('\n')
    const [approved, unknown] = lines.slice(-2).map(l => JSON.parse(l) as Record<string, unknown>)
    expect(approved).toMatchObject({ outcome: 'approved by the user, sending' })
    expect(approved!['requests']).toHaveLength(2)
    expect(unknown!['outcome']).toContain('is unknown')
    const again = await server.call('apply_change', { sql: DELETE, plan: id })
    expect(again.text).toContain('was applied')
  })
})

it('a change that is cancelled while it is sent is recorded as one of unknown outcome', async () => {
  let isSent: (() => void) | undefined
  const sent = new Promise<void>(resolve => (isSent = resolve))
  let hangs = false
  const { url } = await world(() => people(2), {
    delay: () => (hangs ? 60_000 : 0),
    onRequest: ({ method }) => {
      if (method !== 'DELETE') return
      hangs = true
      isSent?.()
    },
  })
  const audit = join(folder(), 'audit.jsonl')
  const server = await open(['--endpoint', url, '--allow-changes', '--audit', audit], {
    onForm: () => ({ action: 'accept', content: { send: true } }),
  })
  const { text } = await server.call('plan_change', { sql: DELETE })
  const control = new AbortController()
  const plan = /^plan: ([0-9a-f]+)$/m.exec(text)![1]
  const said = server.call('apply_change', { sql: DELETE, plan }, { signal: control.signal })
  await sent
  control.abort()
  await expect(said).rejects.toThrow()
  await vi.waitFor(
    () => expect(readFileSync(audit, 'utf8')).toMatch(/"outcome":"cancelled; [^"]*unknown/),
    5000,
  )
})

it('the engines have no credential on their command line', async () => {
  const { url } = await world(() => people(1))
  const server = await open(['--endpoint', url])
  await server.call('query', { sql: 'SELECT 1' })
  const lines = enginesOf(server).map(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  expect(lines).toHaveLength(1)
  expect(lines.flatMap(secretsIn)).toEqual([])
})

it('after a change no engine answers from its cache', async () => {
  let count = 2
  const { url } = await world(() => people(count), { delay: () => 100 })
  const server = await open(['--endpoint', url, '--allow-changes'], {
    onForm: () => ({ action: 'accept', content: { send: true } }),
  })
  const users = (n: number): Promise<unknown> =>
    server
      .call('query', { sql: `SELECT ${n}, count(*) FROM confluent.iam.users` })
      .then(({ rows }) => rows[0]![1])
  expect(await Promise.all([1, 2, 3].map(users))).toEqual([2, 2, 2])
  expect(enginesOf(server)).toHaveLength(3)
  const sql = "DELETE FROM confluent.iam.users WHERE id = 'u-2'"
  const { text } = await server.call('plan_change', { sql })
  count = 1
  const said = await server.call('apply_change', { sql, plan: /^plan: ([0-9a-f]+)$/m.exec(text)![1] })
  expect(said.text).toBe('Done: DELETE 1.')
  expect(await Promise.all([1, 2, 3].map(users))).toEqual([1, 1, 1])
})

it('a credential of the profile is in no row, nor a private key', async () => {
  const { CONFLUENT_CLOUD_API_SECRET: secret, KAFKA_API_SECRET: other } = PLANTED
  const key = `-----BEGIN EC PRIVATE KEY-----\n${'MHcCAQEEIA'.repeat(8)}\n-----END EC PRIVATE KEY-----`
  const names = [
    `my key is ${secret}!`,
    other,
    `${'x'.repeat(590)}${secret}`,
    `{"a":"${key}"}`,
    key,
    `"${secret}"`,
  ]
  const { url } = await world(() => names.map((name, i) => ({ id: `u-${i}`, full_name: name })))
  const audit = join(folder(), 'audit.jsonl')
  const { call } = await open(['--endpoint', url, '--audit', audit])
  const said = await call('query', {
    sql: 'SELECT full_name, json_array(full_name) FROM confluent.iam.users',
  })
  expect(said.rows.map(([name]) => name)).toEqual([
    'my key is [hidden]!',
    '[hidden]',
    `${'x'.repeat(590)}[hidden]`,
    '{"a":"********"}',
    '********',
    '"[hidden]"',
  ])
  expect(said.text).not.toMatch(/planted|MHcC/)
})
