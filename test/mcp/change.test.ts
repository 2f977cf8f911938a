import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Plans } from '../../src/mcp/plans.ts'
import { folder } from '../cli/support.ts'
import { listen } from '../support/cleanup.ts'
import { open, REVISIONS, type Opened } from './support.ts'
import { people, world } from './world.ts'

const DELETE =
  "DELETE FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users WHERE email LIKE 'p%')"
const YES = { action: 'accept', content: { send: true } } as const

async function planOf({ call }: Opened, sql: string): Promise<{ id: string; text: string }> {
  const { text } = await call('plan_change', { sql })
  return { id: /^plan: ([0-9a-f]+)$/m.exec(text)?.[1] ?? '', text }
}

const auditOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

describe.each(REVISIONS)('a change, by a client of the revision "%s"', revision => {
  it('is sent after the user has confirmed the exact requests', async () => {
    const { url, changes } = await world(() => people(2))
    const asked: string[] = []
    const audit = join(folder(), 'audit.jsonl')
    const server = await open(['--endpoint', url, '--allow-changes', '--audit', audit], {
      revision,
      onForm: ({ message }) => {
        asked.push(message)
        expect(changes()).toEqual([])
        return YES
      },
    })
    const { id, text } = await planOf(server, DELETE)
    const requests = [`1. DELETE ${url}/iam/v2/users/u-1`, `2. DELETE ${url}/iam/v2/users/u-2`]
    expect(text).toContain(requests.join('\n'))
    expect(changes()).toEqual([])
    const said = await server.call('apply_change', { sql: DELETE, plan: id })
    expect([said.isError, said.text]).toEqual([false, 'Done: DELETE 2.'])
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain(requests.join('\n'))
    expect(changes()).toEqual(['DELETE /iam/v2/users/u-1', 'DELETE /iam/v2/users/u-2'])
    const again = await server.call('apply_change', { sql: DELETE, plan: id })
    expect([again.isError, again.text]).toEqual([true, expect.stringContaining('was applied')])
    const lines = auditOf(audit)
    expect(lines.map(l => l['tool'])).toEqual(['plan_change', ...lines.slice(1).map(() => 'apply_change')])
    const sending = lines.find(l => String(l['outcome']).startsWith('approved'))!
    expect(sending['requests']).toEqual(requests.map(r => r.slice(3)))
    const done = lines.find(l => l['tool'] === 'apply_change' && l['outcome'] === 'ok')!
    expect(done['requests']).toEqual(expect.arrayContaining(requests.map(r => r.slice(3))))
    expect(lines.every(l => typeof l['time'] === 'string' && l['statement'] === DELETE)).toBe(true)
  })

  it.each([
    ['declines', { action: 'decline' }],
    ['cancels', { action: 'cancel' }],
    ['accepts without agreeing', { action: 'accept', content: { send: false } }],
  ] as const)('is not sent if the user %s', async (_, reply) => {
    const { url, changes } = await world(() => people(2))
    const server = await open(['--endpoint', url, '--allow-changes'], { revision, onForm: () => reply })
    const { id } = await planOf(server, DELETE)
    const said = await server.call('apply_change', { sql: DELETE, plan: id })
    expect([said.text, changes()]).toEqual(['The user refused. Nothing was sent.', []])
  })

  it('is not sent without a form, with an unknown plan, or for other requests', async () => {
    let count = 2
    const { url, changes } = await world(() => people(count))
    const mute = await open(['--endpoint', url, '--allow-changes'], { revision })
    const said = await mute.call('apply_change', { sql: DELETE, plan: (await planOf(mute, DELETE)).id })
    expect([said.isError, said.text]).toEqual([true, expect.stringContaining('lacks elicitation')])
    const server = await open(['--endpoint', url, '--allow-changes'], {
      revision,
      // the rows change while the user reads
      onForm: () => {
        count = 3
        return YES
      },
    })
    const unknown = await server.call('apply_change', { sql: DELETE, plan: 'abc' })
    expect([unknown.isError, unknown.text]).toEqual([true, expect.stringContaining('not known here')])
    const { id } = await planOf(server, DELETE)
    const other = await server.call('apply_change', { sql: DELETE.replace("'p%'", "'%@%'"), plan: id })
    expect([other.isError, other.text]).toEqual([true, expect.stringContaining('not those of the plan')])
    const late = await server.call('apply_change', { sql: DELETE, plan: id })
    expect([late.isError, late.text]).toEqual([true, expect.stringContaining('not those of the plan')])
    count = 2
    const { id: second } = await planOf(server, DELETE)
    count = 3
    const early = await server.call('apply_change', { sql: DELETE, plan: second })
    expect([early.isError, early.text]).toEqual([true, expect.stringContaining('not those of the plan')])
    expect(changes()).toEqual([])
  })
})

describe('changes', () => {
  it('need --allow-changes', async () => {
    const { url, changes } = await world(() => people(2))
    const server = await open(['--endpoint', url], { onForm: () => YES })
    const { text } = await planOf(server, DELETE)
    expect(text).toContain('without --allow-changes')
    await expect(server.call('apply_change', { sql: DELETE, plan: 'x' })).rejects.toThrow(
      'no tool apply_change',
    )
    expect(changes()).toEqual([])
  })

  it('are not planned for EXPLAIN, whose plan is that of the statement behind it', async () => {
    const { url, changes } = await world(() => people(2))
    const { call } = await open(['--endpoint', url, '--allow-changes'])
    const planned = await call('plan_change', { sql: `EXPLAIN ${DELETE}` })
    expect([planned.isError, planned.text]).toEqual([
      true,
      expect.stringContaining('EXPLAIN changes nothing'),
    ])
    const queried = await call('query', { sql: `EXPLAIN ${DELETE}` })
    expect(queried.text).toContain('hint: the tool explain shows the requests\n')
    expect(changes()).toEqual([])
  })

  it('are stopped if the audit file cannot be written', async () => {
    const { url, changes } = await world(() => people(2))
    const server = await open(['--endpoint', url, '--allow-changes', '--audit', '/dev/full'], {
      onForm: () => YES,
    })
    const read = await server.call('query', { sql: 'SELECT count(*) FROM confluent.iam.users' })
    expect(read.rows).toEqual([[2]])
    const { id } = await planOf(server, DELETE)
    const said = await server.call('apply_change', { sql: DELETE, plan: id })
    expect([said.isError, said.text]).toEqual([true, expect.stringContaining('/dev/full cannot be written')])
    expect(changes()).toEqual([])
    expect(server.stderr()).toContain('/dev/full cannot be written')
  })

  it('show no secret, in no list, question or audit file', async () => {
    const { url, changes } = await world(() => [])
    const asked: string[] = []
    const audit = join(folder(), 'audit.jsonl')
    const server = await open(['--endpoint', url, '--allow-changes', '--audit', audit], {
      onForm: ({ message }) => {
        asked.push(message)
        return YES
      },
    })
    const sql =
      "INSERT INTO confluent.connect.connectors (environment_id, kafka_cluster_id, name, config) VALUES ('env-1', 'lkc-1', 'c', json_object('connector.class', 'X', 'connection.password', 'hunter2hunter2'))"
    const { id, text } = await planOf(server, sql)
    expect(text).toContain('POST ')
    const said = await server.call('apply_change', { sql, plan: id })
    expect(changes().join()).toContain('hunter2hunter2')
    const all = [text, ...asked, said.text, readFileSync(audit, 'utf8'), server.stderr()].join('\n')
    expect(asked).toHaveLength(1)
    expect(all).not.toContain('hunter2hunter2')
    const key = "INSERT INTO confluent.iam.api_keys (spec.owner.id) VALUES ('sa-1')"
    expect((await server.call('plan_change', { sql: key })).text).toContain('it would not be shown')
    const named = await server.call('plan_change', { sql: `${key} RETURNING id, spec.secret` })
    expect([named.isError, named.text]).toEqual([true, expect.stringContaining('must not come here')])
  })

  it('are not asked about if the list is too long to be read', async () => {
    const { url, changes } = await world(() => people(1000))
    const server = await open(['--endpoint', url, '--allow-changes'], { onForm: () => YES })
    const said = await server.call('plan_change', { sql: DELETE })
    expect([said.isError, said.text]).toEqual([true, expect.stringContaining('too much to be read')])
    expect(changes()).toEqual([])
  })

  it('show a long statement with what is missing of it', async () => {
    const { url } = await world(() => people(1))
    const asked: string[] = []
    const server = await open(['--endpoint', url, '--allow-changes'], {
      onForm: ({ message }) => {
        asked.push(message)
        return { action: 'decline' }
      },
    })
    const sql = `DELETE FROM confluent.iam.users /* ${'x'.repeat(10_000)} */ WHERE id = 'u-1'`
    const { id } = await planOf(server, sql)
    await server.call('apply_change', { sql, plan: id })
    expect(asked[0]).toMatch(/… \[\d+ more characters\]$/)
    expect(asked[0]!.length).toBeLessThan(5000)
  })

  it('a plan expires, and a question is answered once', () => {
    let now = 0
    const plans = new Plans(() => now)
    const id = plans.idOf('x', [])
    plans.keep(id)
    const state = plans.ask(id)
    now = 599_999
    expect([plans.isKept(id), plans.isAnswered(state, 'other')]).toEqual([true, false])
    expect(plans.isAnswered(state, id)).toBe(false)
    now = 600_000
    expect([plans.isKept(id), plans.take(id)]).toEqual([false, false])
  })
})

it('a credential that a statement or a key holds is in no audit file, question or answer', async () => {
  const credential = 'awkward/secret-of-the-key'
  const { url } = await world(() => [{ id: 'u-1' }])
  const audit = join(folder(), 'audit.jsonl')
  const asked: string[] = []
  const server = await open(['--endpoint', url, '--allow-changes', '--audit', audit], {
    env: { CONFLUENT_CLOUD_API_SECRET: credential },
    onForm: ({ message }) => {
      asked.push(message)
      return YES
    },
  })
  const read = await server.call('query', {
    sql: `SELECT id FROM confluent.iam.users WHERE id = '${credential}'`,
  })
  const failed = await server.call('query', {
    sql: `SELECT missing, '${credential}' FROM confluent.iam.users`,
  })
  const sql = `DELETE FROM confluent.iam.users WHERE id = '${credential}'`
  const { id, text } = await planOf(server, sql)
  const applied = await server.call('apply_change', { sql, plan: id })
  const written = readFileSync(audit, 'utf8')
  expect(auditOf(audit).map(line => line['tool'])).toEqual(expect.arrayContaining(['query', 'apply_change']))
  expect(asked.join()).toContain('[hidden]')
  const all = [written, ...asked, text, read.text, failed.text, applied.text, server.stderr()].join('\n')
  for (const form of [credential, encodeURIComponent(credential)]) expect(all).not.toContain(form)
})

it('a request that is not waited for is in the line of the call that sent it', async () => {
  // the second page has come when the first is loaded, and takes time to be decompressed
  const first = JSON.stringify({
    data: people(100, { padding: 'x'.repeat(50_000) }),
    metadata: { next: '?page_token=2' },
  })
  const second = gzipSync(JSON.stringify({ data: [], padding: 'x'.repeat(3e7) }))
  const url = await listen((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url!.includes('/users')) return void response.end(JSON.stringify({ data: people(1) }))
    if (!request.url!.includes('page_token')) return void response.end(first)
    response.setHeader('content-encoding', 'gzip')
    response.end(second)
  })
  const audit = join(folder(), 'audit.jsonl')
  const { call } = await open(['--endpoint', url, '--allow-changes', '--cache', '0', '--audit', audit])
  const calls = 5
  for (let i = 0; i < calls; i++) {
    await call('query', { sql: 'SELECT id FROM confluent.iam.service_accounts', limit: 3 })
    await call('plan_change', { sql: DELETE })
  }
  const sentBy = (tool: string): string[][] => {
    const lines = auditOf(audit).filter(line => line['tool'] === tool)
    return lines.map(({ requests }) =>
      (requests as string[]).map(r => r.replace(/^.*v2/, '').replace(/page_size=100&?/, '')),
    )
  }
  const each = (requests: string[]): string[][] => Array.from({ length: calls }, () => requests)
  expect(sentBy('plan_change')).toEqual(each(['/users?', '/users?']))
  expect(sentBy('query')).toEqual(each(['/service-accounts?', '/service-accounts?page_token=2']))
})

it('the audit file has a line for each call', async () => {
  const { url } = await world(() => people(3))
  const audit = join(folder(), 'audit.jsonl')
  const { call } = await open(['--endpoint', url, '--audit', audit])
  await call('search_tables', { words: 'users' })
  await Promise.all([
    call('query', { sql: 'SELECT id FROM confluent.iam.users' }),
    call('query', { sql: "SELECT id FROM confluent.iam.service_accounts WHERE display_name = 'x'" }),
  ])
  await call('query', { sql: 'SELECT missing FROM confluent.iam.users' })
  await expect(call('apply_change', { sql: DELETE, plan: 'x' })).rejects.toThrow('no tool apply_change')
  const lines = auditOf(audit).map(({ tool, statement, requests, rows, outcome }) => [
    tool,
    statement,
    (requests as string[]).map(r => r.replace(url, '').replace(/\?.*/, '')),
    rows,
    outcome,
  ])
  expect(lines).toHaveLength(5)
  expect(lines).toEqual(
    expect.arrayContaining([
      ['search_tables', 'users', [], 8, 'ok'],
      ['query', 'SELECT id FROM confluent.iam.users', ['GET /iam/v2/users'], 3, 'ok'],
      [
        'query',
        "SELECT id FROM confluent.iam.service_accounts WHERE display_name = 'x'",
        ['GET /iam/v2/service-accounts'],
        0,
        'ok',
      ],
      ['query', 'SELECT missing FROM confluent.iam.users', [], 0, expect.stringContaining('UNKNOWN_NAME')],
      ['apply_change', '', [], 0, 'no such tool'],
    ]),
  )
})
