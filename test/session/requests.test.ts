import { describe, expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/index.ts'
import { harness, ORG, rowsOf, run } from './support.ts'

const { open, requestsOf, ask, sandbox } = harness()
const I = 'confluent.iam.invitations'
const list = (resource: string, query = 'page_size=100'): string => `GET /iam/v2/${resource}?${query}`

/** The requests of one statement, page tokens left out. */
async function sent(sql: string, variables = {}): Promise<string[]> {
  const session = open({ variables })
  const requests = await requestsOf(() => rowsOf(session, sql))
  return requests.map(r => decodeURIComponent(r).replace(/([?&])page_token=[^&]+/, '$1page_token=…'))
}

const more = (resource: string, query = 'page_size=100'): string =>
  `GET /iam/v2/${resource}?${query}&page_token=…`

describe('requests of a SELECT', () => {
  it.each<readonly [sql: string, ...requests: string[]]>([
    [`SELECT email FROM ${I} WHERE id = 'i-001z4'`, 'GET /iam/v2/invitations/i-001z4'],
    [`SELECT email FROM ${I} WHERE id = 'i-nobody'`, 'GET /iam/v2/invitations/i-nobody'],
    [
      `SELECT email FROM ${I} WHERE id IN ('i-001z4', 'i-021i0', 'i-001z4')`,
      'GET /iam/v2/invitations/i-001z4',
      'GET /iam/v2/invitations/i-021i0',
    ],
    [
      `SELECT email FROM ${I} WHERE id = 'i-001z4' AND status = 'INVITE_STATUS_SENT'`,
      'GET /iam/v2/invitations/i-001z4',
    ],
    [
      `SELECT email FROM ${I} WHERE status = 'INVITE_STATUS_SENT'`,
      list('invitations', 'status=INVITE_STATUS_SENT&page_size=100'),
    ],
    [`SELECT email FROM ${I} WHERE user = 'u-dmemzf'`, list('invitations', 'user=u-dmemzf&page_size=100')],
    [`SELECT email FROM ${I} WHERE user.id = 'u-dmemzf'`, list('invitations', 'user=u-dmemzf&page_size=100')],
    [
      `SELECT email FROM ${I} WHERE creator = 'u-none' AND email = 'x@example.com'`,
      list('invitations', 'email=x@example.com&creator=u-none&page_size=100'),
    ],
    [
      `SELECT email FROM ${I} WHERE status IN ('INVITE_STATUS_SENT', 'INVITE_STATUS_STAGED')`,
      list('invitations', 'status=INVITE_STATUS_SENT&page_size=100'),
      list('invitations', 'status=INVITE_STATUS_STAGED&page_size=100'),
    ],
    [`SELECT count(*) FROM ${I}`, list('invitations'), more('invitations'), more('invitations')],
    [
      `SELECT count(*) FROM ${I} WHERE email LIKE '%org'`,
      list('invitations'),
      more('invitations'),
      more('invitations'),
    ],
    ['SELECT id FROM confluent.iam.users LIMIT 3', list('users', 'page_size=3')],
    ['SELECT id FROM confluent.iam.users LIMIT 3 OFFSET 4', list('users', 'page_size=7')],
    ['SELECT id FROM confluent.iam.users LIMIT 100', list('users')],
    ['SELECT id FROM confluent.iam.users LIMIT 0'],
    ["SELECT id FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_LOCAL' LIMIT 1", list('users')],
    [
      `SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_SENT' LIMIT 2`,
      list('invitations', 'status=INVITE_STATUS_SENT&page_size=2'),
    ],
    ['SELECT id FROM confluent.iam.users ORDER BY id LIMIT 3', list('users'), more('users')],
    ['SELECT id FROM confluent.iam.users WHERE 1 = 0'],
    ['SELECT id FROM confluent.iam.users WHERE id IN ()'],
    ['SELECT id FROM confluent.iam.users WHERE id = NULL'],
    [
      'SELECT a.id FROM confluent.iam.service_accounts a JOIN confluent.iam.service_accounts b ON a.id = b.id',
      list('service-accounts'),
    ],
    [
      `SELECT display_name FROM confluent.iam.service_accounts WHERE display_name IN ('a', 'b')`,
      list('service-accounts', 'display_name=a&display_name=b&page_size=100'),
    ],
    [
      `SELECT id FROM confluent.iam.role_bindings WHERE scope = '${ORG}' AND role_name = 'OrganizationAdmin'`,
      list('role-bindings', `role_name=OrganizationAdmin&crn_pattern=${ORG}&page_size=100`),
    ],
    [
      "SELECT p.id FROM confluent.iam.identity_providers i JOIN confluent.iam.identity_pools p ON p.provider_id = i.id WHERE i.id = 'op-qboi'",
      'GET /iam/v2/identity-providers/op-qboi',
      list('identity-providers/op-qboi/identity-pools'),
    ],
    ['SELECT 1 + 1'],
    ['SHOW PROVIDERS'],
    ['SHOW SERVICES IN confluent'],
    ['SHOW RESOURCES IN confluent.iam'],
    [`SHOW METHODS IN ${I}`],
    [`SHOW EXTENDED METHODS IN ${I}`],
    [`SHOW INSERT INTO ${I}`],
    [`DESCRIBE ${I}`],
    [`DESCRIBE EXTENDED ${I}`],
    [`DESCRIBE METHOD ${I}.get_iam_v2invitation`],
    [`EXPLAIN SELECT * FROM ${I} WHERE id = 'i-001z4'`],
    [`EXPLAIN DELETE FROM ${I} WHERE id = 'i-001z4'`],
    [`EXPLAIN INSERT INTO ${I} (email) VALUES ('x@example.com')`],
    [`EXPLAIN UPDATE confluent.iam.users SET full_name = 'x' WHERE id = 'u-1'`],
    [`EXPLAIN EXEC ${I}.delete_iam_v2invitation @id = 'i-001z4'`],
  ])('%s', async (sql, ...requests) => {
    expect((await sent(sql)).sort()).toEqual([...requests].sort())
  })

  it('sends a bound variable as a value, never as text', async () => {
    expect(await sent(`SELECT id FROM ${I} WHERE email = :e`, { e: `x' OR 1=1 --&status=A` })).toEqual([
      list('invitations', `email=x' OR 1=1 --&status=A&page_size=100`),
    ])
    expect(
      await requestsOf(() =>
        rowsOf(open({ variables: { e: 'a&status=b' } }), `SELECT id FROM ${I} WHERE email = :e`),
      ),
    ).toEqual(['/iam/v2/invitations?email=a%26status%3Db&page_size=100'].map(u => `GET ${u}`))
  })

  it('percent-encodes an id', async () => {
    expect(await requestsOf(() => rowsOf(open(), `SELECT email FROM ${I} WHERE id = 'a/b?c#d%'`))).toEqual([
      'GET /iam/v2/invitations/a%2Fb%3Fc%23d%25',
    ])
    for (const id of ['', '.', '..']) {
      expect(
        await requestsOf(() => rowsOf(open(), `DELETE FROM ${I} WHERE id = '${id}'`).catch(() => undefined)),
      ).toEqual([])
    }
  })

  it('pages only as far as LIMIT needs, though SQLite decides which rows count', async () => {
    const requests = await sent(
      "SELECT id FROM confluent.iam.api_keys WHERE spec.resource.id = 'cloud' AND spec.display_name <> '' LIMIT 1",
    )
    expect(requests).toEqual([list('api-keys', 'spec.resource=cloud&page_size=100')])
    const some = await sent(
      "SELECT id FROM confluent.iam.api_keys WHERE metadata.created_at > '2000' LIMIT 150",
    )
    expect(some).toEqual([list('api-keys'), more('api-keys')])
  })
})

describe('invalid statements send nothing', () => {
  it.each<readonly [sql: string, code: string, message: RegExp]>([
    ['SELECT id FORM confluent.iam.users', 'SYNTAX', /syntax error/],
    ['SELECT id FROM confluent.iam.users WHERE', 'SYNTAX', /not finished/],
    [
      `SELECT emial FROM ${I}`,
      'UNKNOWN_NAME',
      /no column "emial" in confluent\.iam\.invitations; did you mean "email"\?/,
    ],
    [
      'SELECT id FROM confluent.iam.invitation',
      'UNKNOWN_NAME',
      /no resource "invitation" in confluent\.iam; did you mean "invitations"\?/,
    ],
    ['SELECT id FROM confluent.ima.users', 'UNKNOWN_NAME', /no service "ima" in confluent/],
    ['SELECT id FROM confluence.iam.users', 'UNKNOWN_NAME', /did you mean "confluent"\?/],
    ['SELECT uper(id) FROM confluent.iam.users', 'UNKNOWN_NAME', /uper.*upper/],
    ['SELECT x.id FROM confluent.iam.users u', 'UNKNOWN_NAME', /x/],
    [`SELECT user.nmae FROM ${I}`, 'UNKNOWN_NAME', /nmae/],
    ['SELECT id FROM confluent.iam.role_bindings', 'MISSING_PARAMETER', /"id", or "(?:scope|crn_pattern)"/],
    ['SELECT id FROM confluent.iam.users WHERE id = :id', 'USAGE', /no value for :id/],
    [`DELETE FROM ${I}`, 'MISSING_PARAMETER', /needs "id"/],
    [`DELETE FROM ${I} WHERE status = 'INVITE_STATUS_EXPIRED'`, 'MISSING_PARAMETER', /needs "id"/],
    ["UPDATE confluent.iam.users SET full_name = 'x'", 'MISSING_PARAMETER', /needs "id"/],
    [
      `UPDATE confluent.iam.users SET full_nme = 'x' WHERE id = 'u-1'`,
      'UNKNOWN_NAME',
      /did you mean "full_name"\?/,
    ],
    [`UPDATE ${I} SET status = 'x' WHERE id = 'i-1'`, 'UNSUPPORTED', /no UPDATE/],
    [`INSERT INTO ${I} (auth_type) VALUES ('AUTH_TYPE_SSO')`, 'MISSING_PARAMETER', /needs "email"/],
    [`INSERT INTO ${I} (email, status) VALUES ('x@example.com', 'INVITE_STATUS_SENT')`, 'VALUE', /status/],
    [`INSERT INTO ${I} (email) VALUES ('x@example.com', 'y')`, 'VALUE', /1 column/],
    [`INSERT INTO ${I} (email) VALUES ('x@example.com'), (x'00')`, 'VALUE', /email/],
    [
      `INSERT INTO confluent.iam.ip_groups (group_name, cidr_blocks) VALUES ('x', '10.0.0.0/8')`,
      'VALUE',
      /cidr_blocks/,
    ],
    [`INSERT INTO ${I} (email) VALUES (NULL)`, 'MISSING_PARAMETER', /email/],
    [`EXEC ${I}.delete_iam_v2invitation`, 'MISSING_PARAMETER', /needs @id/],
    [`EXEC ${I}.delete_iam_v2invitation @ide = 'x'`, 'UNKNOWN_NAME', /did you mean "id"\?/],
    [`EXEC ${I}.delete_it @id = 'x'`, 'UNKNOWN_NAME', /no method "delete_it"/],
    [`EXEC ${I}.create_iam_v2invitation @@json = '{"email":'`, 'VALUE', /JSON/],
  ])('%s', async (sql, code, message) => {
    let failure: unknown
    const requests = await requestsOf(() =>
      rowsOf(open({ requireKeys: true }), sql).catch((error: unknown) => {
        failure = error
      }),
    )
    expect(requests).toEqual([])
    expect(failure).toBeInstanceOf(ConfluentqlError)
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('errors have a position and say what to write', async () => {
    const sql = `DELETE FROM ${I} WHERE status = 'INVITE_STATUS_EXPIRED'`
    await expect(open().plan(sql)).rejects.toMatchObject({
      span: { start: 12, end: 37 },
      hint: expect.stringContaining(`id IN (SELECT id FROM ${I} WHERE`),
    })
    await expect(open().plan(`SELECT id,\n  emial FROM ${I}`)).rejects.toMatchObject({
      span: { start: 13, end: 18 },
    })
  })
})

describe('requests of a change', () => {
  it('INSERT sends a POST for each row and RETURNING gives what came back', async () => {
    const session = open()
    let rows: unknown
    const requests = await requestsOf(async () => {
      rows = await rowsOf(
        session,
        `INSERT INTO ${I} (email, auth_type) VALUES ('r1@example.net', 'AUTH_TYPE_SSO'), ('r2@example.net', NULL) RETURNING email, status, user.id IS NOT NULL AS known`,
      )
    })
    expect(requests).toEqual(['POST /iam/v2/invitations', 'POST /iam/v2/invitations'])
    expect(rows).toEqual([
      ['r1@example.net', 'INVITE_STATUS_SENT', 1],
      ['r2@example.net', 'INVITE_STATUS_SENT', 1],
    ])
  })

  it('INSERT … SELECT reads first, then sends', async () => {
    const sql = `INSERT INTO ${I} (email) SELECT replace(display_name, ' ', '-') || '@example.net' FROM confluent.iam.service_accounts WHERE id IN ('sa-0iivp4', 'sa-0w3vj0')`
    let ran: Awaited<ReturnType<typeof run>> | undefined
    const requests = await requestsOf(async () => {
      ran = await run(open(), sql)
    })
    expect(requests.slice(0, 2).sort()).toEqual([
      'GET /iam/v2/service-accounts/sa-0iivp4',
      'GET /iam/v2/service-accounts/sa-0w3vj0',
    ])
    expect(requests.slice(2)).toEqual(['POST /iam/v2/invitations', 'POST /iam/v2/invitations'])
    expect(ran).toMatchObject({ rows: [], affected: { verb: 'INSERT', count: 2 } })
  })

  it('DELETE by id, by several ids, and by a query', async () => {
    const { body } = await ask('GET /iam/v2/invitations?status=INVITE_STATUS_EXPIRED&page_size=10')
    const ids = (body.data as { id: string; creator: { id: string } }[]).map(d => d.id)
    expect(await sent(`DELETE FROM ${I} WHERE id = '${ids[0]}'`)).toEqual([
      `DELETE /iam/v2/invitations/${ids[0]}`,
    ])
    expect(await sent(`DELETE FROM ${I} WHERE id IN ('${ids[1]}', '${ids[2]}', '${ids[1]}')`)).toEqual(
      [ids[1], ids[2]].map(id => `DELETE /iam/v2/invitations/${id}`),
    )
    const chosen = await sent(
      `DELETE FROM ${I} WHERE id IN (SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_EXPIRED' AND id IN ('${ids[3]}', '${ids[4]}', 'i-021i0'))`,
    )
    expect(chosen.filter(r => r.startsWith('DELETE')).sort()).toEqual(
      [ids[3], ids[4]].map(id => `DELETE /iam/v2/invitations/${id}`).sort(),
    )
    expect(chosen.findLastIndex(r => r.startsWith('GET'))).toBeLessThan(
      chosen.findIndex(r => r.startsWith('DELETE')),
    )
    const guarded = await sent(`DELETE FROM ${I} WHERE id = 'i-021i0' AND status = 'INVITE_STATUS_EXPIRED'`)
    expect(guarded).toEqual(['GET /iam/v2/invitations/i-021i0'])
    expect(await sent(`DELETE FROM ${I} WHERE id = 'i-021i0' AND 1 = 0`)).toEqual([])
    expect((await ask('GET /iam/v2/invitations/i-021i0')).status).toBe(200)
  })

  it('UPDATE sends a PATCH with what SET names', async () => {
    const sql =
      "UPDATE confluent.iam.users SET full_name = full_name || '!' WHERE id = 'u-08mnyy' RETURNING full_name"
    let rows: unknown
    const requests = await requestsOf(async () => {
      rows = await rowsOf(open(), sql)
    })
    expect(requests).toEqual(['GET /iam/v2/users/u-08mnyy', 'PATCH /iam/v2/users/u-08mnyy'])
    expect(rows).toEqual([['최민준!']])
    expect(await sent("UPDATE confluent.iam.users SET full_name = 'x' WHERE id = 'u-08mnyy'")).toEqual([
      'PATCH /iam/v2/users/u-08mnyy',
    ])
    await rowsOf(
      open(),
      "UPDATE confluent.iam.api_keys SET spec.display_name = 'renamed' WHERE id = '22N4PB5MMWAQFC5R'",
    )
    const key = await ask('GET /iam/v2/api-keys/22N4PB5MMWAQFC5R')
    expect(key.body.spec).toMatchObject({ display_name: 'renamed', resource: { id: 'cloud' } })
  })

  it('EXEC calls a method with arguments, or with a body', async () => {
    const made = await rowsOf(
      open(),
      `EXEC ${I}.create_iam_v2invitation @@json = '{"email":"exec@example.net"}'`,
    )
    expect(made).toHaveLength(1)
    const id = String(made[0]![0])
    expect(id).toMatch(/^i-/)
    expect(await sent(`EXEC ${I}.delete_iam_v2_invitation @id = '${id}'`)).toEqual([
      `DELETE /iam/v2/invitations/${id}`,
    ])
    expect((await ask(`GET /iam/v2/invitations/${id}`)).status).toBe(404)
  })

  it('stops at the row that fails, tells of every row, and keeps the rows of RETURNING', async () => {
    const sql = `INSERT INTO ${I} (email) VALUES ('s1@example.net'), ('s2@example.net'), ('s1@example.net'), ('s4@example.net'), ('s5@example.net') RETURNING email`
    let ran: Awaited<ReturnType<typeof run>> | undefined
    const requests = await requestsOf(async () => {
      ran = await run(open(), sql)
    })
    expect(requests).toEqual(Array.from({ length: 3 }, () => 'POST /iam/v2/invitations'))
    expect(
      sandbox()
        .log.slice(-3)
        .map(r => r.status),
    ).toEqual([201, 201, 409])
    expect(ran!.rows).toEqual([['s1@example.net'], ['s2@example.net']])
    expect(ran!.affected).toEqual({ verb: 'INSERT', count: 2 })
    expect(ran!.error).toBeInstanceOf(ConfluentqlError)
    const { message, hint, status } = ran!.error as ConfluentqlError
    expect(message).toMatch(/row 3 of 5 \(email s1@example\.net\).*409/s)
    expect(message).toMatch(/There is an invitation for s1@example\.net already/)
    expect(hint).toMatch(/rows 1 to 2 succeeded \(email s1@example\.net, email s2@example\.net\)/)
    expect(hint).toMatch(/the 2 rows after it were not sent/)
    expect(status).toBe(409)
  })

  it('checks every row before it sends the first', async () => {
    const requests = await requestsOf(() =>
      expect(rowsOf(open(), `INSERT INTO ${I} (email) VALUES ('ok@example.net'), (x'00')`)).rejects.toThrow(
        /row 2/,
      ),
    )
    expect(requests).toEqual([])
  })

  it('dry-run shows the requests of a change and sends none of them', async () => {
    const session = open({ dryRun: true })
    let rows: unknown
    const requests = await requestsOf(async () => {
      rows = await rowsOf(session, `INSERT INTO ${I} (email) VALUES ('dry@example.net')`)
    })
    expect(requests).toEqual([])
    expect(rows).toEqual([
      ['POST', expect.stringMatching(/\/iam\/v2\/invitations$/), '{"email":"dry@example.net"}'],
    ])
    expect(
      await requestsOf(() =>
        rowsOf(
          session,
          `DELETE FROM ${I} WHERE id IN (SELECT id FROM ${I} WHERE status = 'INVITE_STATUS_STAGED')`,
        ),
      ),
    ).toEqual(['GET /iam/v2/invitations?status=INVITE_STATUS_STAGED&page_size=100'])
    expect(
      await requestsOf(() => rowsOf(session, 'SELECT id FROM confluent.iam.users LIMIT 1')),
    ).toHaveLength(1)
  })

  it('an answer other than 404 fails a SELECT by id', async () => {
    const session = open({ env: { ...sandbox().env, CONFLUENT_CLOUD_API_SECRET: 'wrong' } })
    await expect(rowsOf(session, `SELECT id FROM ${I} WHERE id = 'i-001z4'`)).rejects.toMatchObject({
      code: 'API',
      status: 401,
    })
  })
})
