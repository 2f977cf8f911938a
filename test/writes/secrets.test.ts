import { afterEach, describe, expect, it } from 'vitest'
import { objects, outcome, startServer, Status } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

/** Every secret below contains this text. */
const PLANTED = 'pl4nted'
const MASK = '********'
const KEY = {
  id: 'k1',
  name: 'one',
  secret: `${PLANTED}-1`,
  spec: {
    owner: 'u1',
    secret: `${PLANTED}-2`,
    inner: { token: `${PLANTED}-3`, big: 12345678901234567890123n.toString() },
  },
  parts: [{ name: 'a', value: `${PLANTED}-4` }, { name: 'b', value: '' }, { name: 'c' }],
  settings: { user: `${PLANTED}-5`, on: true },
  codes: [`${PLANTED}-6`, `${PLANTED}-7`],
}
const TEXT = JSON.stringify(KEY)
const EMPTY = {
  id: 'k2',
  name: 'two',
  secret: '',
  spec: { owner: 'u2', secret: null, inner: null },
  parts: null,
  settings: null,
}
const routes = {
  'GET /keys': () => ({ data: [KEY, EMPTY] }),
  'GET /keys/k1': () => KEY,
  'POST /keys': () => KEY,
  'PATCH /keys/k1': () => KEY,
  'POST /keys/k1/rotate': () => ({ secret: `${PLANTED}-8`, id: 'k1' }),
}
const masked = (row: object): boolean => !JSON.stringify(row).includes(PLANTED)

afterEach(() => expect(server.notices.filter(n => n.includes(PLANTED))).toEqual([]))

describe('secrets in results', () => {
  it('are masked in every place, and nothing else is changed', async () => {
    serve(routes)
    expect(TEXT.match(/pl4nted/g)).toHaveLength(7)
    const [one, two] = await objects(open(), 'SELECT * FROM p.s.keys')
    expect(one).toEqual({
      id: 'k1',
      name: 'one',
      secret: MASK,
      spec: JSON.stringify({ owner: 'u1', secret: MASK, inner: { token: MASK, big: KEY.spec.inner.big } }),
      parts: JSON.stringify([{ name: 'a', value: MASK }, { name: 'b', value: '' }, { name: 'c' }]),
      settings: JSON.stringify({ user: MASK, on: MASK }),
      codes: JSON.stringify([MASK, MASK]),
    })
    expect(two).toEqual({
      id: 'k2',
      name: 'two',
      secret: '',
      spec: JSON.stringify(EMPTY.spec),
      parts: null,
      settings: null,
      codes: null,
    })
  })

  it('are shown with showSecrets', async () => {
    serve(routes)
    const [one] = await objects(open({ showSecrets: true }), 'SELECT * FROM p.s.keys')
    expect(one).toEqual({
      ...KEY,
      spec: JSON.stringify(KEY.spec),
      parts: JSON.stringify(KEY.parts),
      settings: JSON.stringify(KEY.settings),
      codes: JSON.stringify(KEY.codes),
    })
  })

  it('a row that is one column as a whole is text, with and without its secrets', async () => {
    serve({ 'GET /configs/c': () => ({ a: PLANTED, n: 1 }), 'GET /configs': () => [{ a: 1 }, 'text', 2] })
    expect(
      await objects(open(), "SELECT config, config ->> 'a' AS a, codes FROM p.s.configs WHERE name = 'c'"),
    ).toEqual([{ config: `{"a":"${PLANTED}","n":1}`, a: PLANTED, codes: `{"a":"${MASK}","n":"${MASK}"}` }])
    expect(await objects(open(), 'EXEC p.s.configs.list_configs')).toEqual([
      { config: '{"a":1}' },
      { config: 'text' },
      { config: '2' },
    ])
  })

  it.each([
    'SELECT secret, spec.secret, spec.inner.token FROM p.s.keys',
    "SELECT spec ->> '$.inner.token', settings.user, settings ->> 'user', codes ->> 0 FROM p.s.keys",
    'SELECT value, atom FROM p.s.keys, json_tree(spec)',
    "SELECT upper(secret), secret || '!', hex(secret), group_concat(secret) OVER () FROM p.s.keys",
    'SELECT group_concat(secret), json_group_array(settings) FROM p.s.keys',
    'SELECT k.parts, count(DISTINCT id), json_array_length(parts) FROM p.s.keys k GROUP BY id ORDER BY secret IS NULL LIMIT 5',
    "SELECT * FROM p.s.keys WHERE id = 'k1'",
    'WITH a AS (SELECT * FROM p.s.keys) SELECT a.spec, (SELECT b.secret FROM p.s.keys b WHERE b.id = a.id) FROM a',
    'CREATE TEMP TABLE t AS SELECT * FROM p.s.keys; SELECT * FROM t',
    "EXPLAIN SELECT secret FROM p.s.keys WHERE id = 'k1'",
  ])('cannot be read in another way: %s', async sql => {
    serve(routes)
    const { rows, error } = await outcome(open(), sql)
    expect(error).toBeUndefined()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(masked)).toBe(true)
  })

  it.each([
    "SELECT id FROM p.s.keys WHERE «secret» = 'x'",
    "SELECT id FROM p.s.keys k WHERE id = 'k1' AND length(«k.spec.secret») > 3",
    "SELECT id FROM (SELECT id, spec FROM p.s.keys) WHERE «spec.inner.token» LIKE 'a%'",
    'WITH a AS (SELECT secret AS s FROM p.s.keys) SELECT b.id FROM p.s.keys b JOIN a ON «a.s» = b.id',
    "SELECT name FROM p.s.keys GROUP BY name HAVING max(«secret») > 'a'",
    'SELECT id FROM p.s.docs WHERE id IN (SELECT «secret» FROM p.s.keys)',
    "SELECT id FROM p.s.keys WHERE «settings.user» <> 'x'",
    "SELECT id FROM p.s.keys WHERE «spec» ->> '$.inner.token' = 'x'",
    "SELECT id FROM p.s.keys WHERE «spec» -> 'inner' ->> 'token' LIKE 'x%'",
    "SELECT id FROM p.s.keys WHERE json_extract(«spec», '$.secret') = 'x'",
    "SELECT id FROM p.s.keys WHERE «parts» ->> '$[0].value' = 'x'",
    "SELECT id FROM p.s.keys WHERE «spec» LIKE '%x%'",
    "SELECT id, «secret» = 'x' FROM p.s.keys",
    "SELECT count(*) FILTER (WHERE 'x' = «secret») FROM p.s.keys",
    "SELECT CASE «secret» WHEN 'x' THEN 1 END FROM p.s.keys",
  ])('a condition on a masked secret is rejected: %s', async marked => {
    serve(routes)
    const sql = marked.replace(/[«»]/g, '')
    await expect(objects(open(), sql)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/is a masked secret and cannot be used in a condition$/),
      span: { start: marked.indexOf('«'), end: marked.indexOf('»') - 1 },
    })
    expect(requests()).toEqual([])
  })

  it.each([
    ['SELECT a.id FROM p.s.keys a JOIN «p.s.keys» b USING (id, secret)', 'in USING'],
    [
      'SELECT count(*) FROM (SELECT id, spec FROM p.s.docs) d NATURAL JOIN (SELECT spec FROM «p.s.keys») k',
      'in NATURAL JOIN',
    ],
    ['SELECT DISTINCT name, «secret» FROM p.s.keys', 'for DISTINCT or a set operation'],
    ['SELECT DISTINCT «k.*» FROM p.s.keys k', 'for DISTINCT or a set operation'],
    ['SELECT count(DISTINCT «secret») FROM p.s.keys', 'for DISTINCT or a set operation'],
    ['SELECT «parts» FROM p.s.keys UNION SELECT id FROM p.s.docs', 'for DISTINCT or a set operation'],
    ['SELECT «secret», count(*) FROM p.s.keys GROUP BY 1', 'for grouping'],
    ['SELECT upper(secret), count(*) FROM p.s.keys GROUP BY upper(«secret»)', 'for grouping'],
    ['SELECT id, row_number() OVER (PARTITION BY «secret» ORDER BY id) FROM p.s.keys', 'for grouping'],
  ])('so are other comparisons: %s', async (marked, what) => {
    serve(routes)
    await expect(objects(open(), marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(`is a masked secret and cannot be used ${what}`),
    })
    expect(requests()).toEqual([])
  })

  it.each([
    "SELECT id FROM p.s.keys WHERE spec ->> '$.owner' = 'u1'",
    "SELECT id FROM p.s.keys WHERE json_extract(spec, '$.inner.big') IS NOT NULL AND parts ->> '$[0].name' IS NOT NULL",
    "SELECT id FROM p.s.keys WHERE spec ->> '$.secret' IS NOT NULL AND secret IS NOT NULL",
    'SELECT id FROM p.s.keys WHERE json_array_length(parts) > 0 AND spec IS NOT NULL',
    'SELECT max(id) FROM p.s.keys WHERE parts IS NOT NULL GROUP BY name',
  ])('fields beside a secret can be compared: %s', async sql => {
    serve(routes)
    expect(await objects(open(), sql)).toHaveLength(1)
  })

  it('tests for presence are allowed, and any condition with showSecrets', async () => {
    serve(routes)
    expect(
      await objects(open(), "SELECT id FROM p.s.keys WHERE spec.secret IS NOT NULL AND secret <> ''"),
    ).toEqual([{ id: 'k1' }])
    expect(await objects(open(), "SELECT id FROM p.s.keys WHERE secret = ''")).toEqual([{ id: 'k2' }])
    expect(
      await objects(open({ showSecrets: true }), `SELECT id FROM p.s.keys WHERE secret = '${PLANTED}-1'`),
    ).toEqual([{ id: 'k1' }])
  })

  it('tests for presence work in objects and arrays that are secret as a whole', async () => {
    serve({
      'GET /keys': () => ({
        data: [
          {
            ...KEY,
            settings: { user: '', on: null, list: [PLANTED], none: [] },
            codes: ['', null, PLANTED, 1],
          },
        ],
      }),
    })
    const sql = "SELECT settings, codes FROM p.s.keys WHERE settings.user = '' AND settings.on IS NULL"
    expect(await objects(open(), sql)).toEqual([
      {
        settings: JSON.stringify({ user: '', on: null, list: MASK, none: MASK }),
        codes: JSON.stringify(['', null, MASK, MASK]),
      },
    ])
  })

  it('an object column that is not JSON is masked as a whole', async () => {
    serve({
      'GET /keys/k1': () => ({
        ...KEY,
        spec: `${PLANTED}, no object`,
        settings: `{${PLANTED}`,
        parts: [`${PLANTED}`, { value: { deep: PLANTED } }],
      }),
    })
    const rows = await objects(open(), "SELECT spec, settings, parts FROM p.s.keys WHERE id = 'k1'")
    expect(rows.every(masked)).toBe(true)
  })
})

describe('RETURNING', () => {
  const INSERT = "INSERT INTO p.s.keys (name) VALUES ('one')"

  it('shows a secret that it names, and no other', async () => {
    serve(routes)
    expect(await objects(open(), `${INSERT} RETURNING id, spec.secret`)).toEqual([
      { id: 'k1', 'spec.secret': `${PLANTED}-2` },
    ])
    expect(await objects(open(), `${INSERT} RETURNING secret, spec`)).toEqual([
      { secret: `${PLANTED}-1`, spec: expect.not.stringContaining(PLANTED) },
    ])
    expect(await objects(open(), `${INSERT} RETURNING settings.user AS u`)).toEqual([{ u: `${PLANTED}-5` }])
  })

  it('shows a secret that may never be shown again, also beside values of other types than documented', async () => {
    serve({ 'POST /keys': () => ({ ...KEY, parts: 'x', settings: true }) })
    expect(await objects(open(), `${INSERT} RETURNING secret, parts, settings`)).toEqual([
      { secret: `${PLANTED}-1`, parts: JSON.stringify(MASK), settings: '1' },
    ])
    expect(server.notices.slice(0, 2)).toEqual([
      'p.s.keys: the API answered with a text where an array was expected in parts; it is shown as answered',
      'p.s.keys: the API answered with a boolean where an object was expected in settings; it is shown as SQLite stores it',
    ])
  })

  it('masks the secrets in whole rows and objects and says so', async () => {
    serve(routes)
    const rows = await objects(open(), `${INSERT} RETURNING *`)
    expect(rows).toHaveLength(1)
    expect(rows.every(masked)).toBe(true)
    expect(server.notices).toEqual([
      'the answer of create_key holds a secret that was not shown, secret, spec.secret, codes: RETURNING secret, spec.secret, codes, or --show-secrets, shows it',
    ])
  })

  it('says so for INSERT without RETURNING, but not for secrets that were named, shown or given', async () => {
    serve(routes)
    await objects(open(), INSERT)
    expect(server.notices).toEqual([expect.stringMatching(/^the answer of create_key holds a secret/)])
    serve({
      'POST /keys': () => ({ id: 'k1', spec: { secret: `${PLANTED}-2`, inner: { token: `${PLANTED}-3` } } }),
    })
    await objects(open(), `${INSERT} RETURNING spec.secret`)
    await objects(open({ showSecrets: true }), INSERT)
    serve({ 'POST /keys': () => ({ id: 'k1', secret: '', spec: { secret: null } }) })
    await objects(open(), INSERT)
    expect(server.notices).toEqual([])
  })

  it('EXEC masks the known secrets of its answer', async () => {
    serve(routes)
    expect(await objects(open(), "EXEC p.s.keys.rotate_key @id = 'k1'")).toEqual([{ secret: MASK, id: 'k1' }])
    expect(server.notices).toEqual([
      'the answer of rotate_key holds a secret that was not shown, secret: --show-secrets shows it',
    ])
    expect(await objects(open({ showSecrets: true }), "EXEC p.s.keys.rotate_key @id = 'k1'")).toEqual([
      { secret: `${PLANTED}-8`, id: 'k1' },
    ])
  })

  it('an answer that is printed as it comes does not repeat the secrets that were sent', async () => {
    serve({ 'POST /keys/k1/check': ({ body }) => ({ you: body }) })
    const [row] = await objects(open(), `EXEC p.s.keys.check_key @id = 'k1', @secret = '${PLANTED}"x'`)
    expect(requests()).toEqual([`POST /keys/k1/check {"secret":"${PLANTED}\\"x"}`])
    expect(masked(row!)).toBe(true)
  })
})

describe('a secret that only the answer to a change has', () => {
  const INSERT = "INSERT INTO p.s.credentials (spec.owner) VALUES ('u1')"
  const EXEC = 'EXEC p.s.credentials.redeem_credential'
  const answers = {
    'POST /credentials': () => ({ id: 'c1', spec: { owner: 'u1', secret: `${PLANTED}-1` } }),
    'POST /credentials/redeem': () => ({ id: 'c1', secret: `${PLANTED}-2` }),
    'DELETE /keys/k1': () => ({}),
  }
  const shown = { showSecrets: true }

  it.each([
    [INSERT, {}],
    [`${INSERT} RETURNING id`, {}],
    [`${INSERT} RETURNING *`, {}],
    [`${INSERT} RETURNING spec`, {}],
    [`${INSERT} RETURNING id, length(spec.secret)`, {}],
    [`${INSERT} RETURNING CASE WHEN id = 'x' THEN spec.secret END`, {}],
    [`${INSERT}, ('u2') RETURNING max(id), spec.secret`, {}],
    [`${INSERT}, ('u2') RETURNING DISTINCT spec.secret`, {}],
    [`${INSERT} RETURNING count(spec)`, shown],
    [INSERT, shown],
    [`${INSERT} RETURNING id`, shown],
    [`DELETE FROM p.s.keys WHERE id = 'k1'; ${INSERT}`, {}],
  ])('is not lost: %s %j', async (sql, options) => {
    serve(answers)
    await expect(objects(open(options), sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: 'only the answer to this INSERT has spec.secret of p.s.credentials, and it would not be shown',
      hint: 'add RETURNING id, spec.secret',
    })
    expect(requests()).toEqual([])
  })

  it('is not lost by EXEC, which has no RETURNING', async () => {
    serve(answers)
    await expect(objects(open(), EXEC)).rejects.toMatchObject({
      message:
        'only the answer to redeem_credential has secret of p.s.credentials, and it would not be shown',
      hint: '--show-secrets shows it',
    })
    expect(requests()).toEqual([])
    expect(await objects(open(shown), EXEC)).toEqual([{ id: 'c1', secret: `${PLANTED}-2` }])
  })

  it.each([
    [`${INSERT} RETURNING id, spec.secret`, {}],
    [`${INSERT} RETURNING *, spec.secret AS s`, {}],
    [`${INSERT} RETURNING *`, shown],
    [`${INSERT} RETURNING spec`, shown],
  ])('is shown by %s %j', async (sql, options) => {
    serve(answers)
    expect(JSON.stringify(await objects(open(options), sql))).toContain(PLANTED)
    expect(requests()).toEqual(['POST /credentials {"spec":{"owner":"u1"}}'])
  })

  it.each([
    [
      'is empty',
      new Status(200),
      /: the answer is empty; all 3 changes were accepted, and the other answers are shown$/,
    ],
    ['is no row', [], /expected; all 3 changes were accepted, and the other answers are shown$/],
  ])('is shown although the answer to another row %s', async (_, second, message) => {
    serve({
      'POST /credentials': ({ nth }) => (nth === 2 ? second : { id: `c${nth}`, spec: { secret: `s${nth}` } }),
    })
    const sql = `${INSERT}, ('u2'), ('u3') RETURNING id, spec.secret AS s`
    const { rows, error } = await outcome(open(), sql)
    expect(rows).toEqual([
      { id: 'c1', s: 's1' },
      { id: 'c3', s: 's3' },
    ])
    expect(error).toMatchObject({ code: 'RESPONSE', message: expect.stringMatching(message) })
  })

  it('an unreadable answer does not hide a later failure', async () => {
    serve({
      'POST /credentials': ({ nth }) => (nth === 1 ? new Status(200) : new Status(409, { message: 'taken' })),
    })
    const { rows, error } = await outcome(open(), `${INSERT}, ('u2'), ('u3') RETURNING id, spec.secret`)
    expect(rows).toEqual([])
    expect(error).toMatchObject({
      code: 'API',
      message: expect.stringMatching(/^INSERT on p\.s\.credentials failed at row 2 of 3 /),
      hint: expect.stringMatching(
        /^row 1 succeeded .* was not sent\..*\. The answer of a row that succeeded cannot be shown: POST .* the answer is empty$/,
      ),
    })
  })

  it('a dry run and EXPLAIN send nothing; the dry run says what is missing', async () => {
    serve(answers)
    expect(await objects(open({ dryRun: true }), `${INSERT}; SELECT 1`)).toHaveLength(2)
    expect(server.notices).toEqual([
      'only the answer to this INSERT has spec.secret of p.s.credentials, and it would not be shown: add RETURNING id, spec.secret',
    ])
    expect(await objects(open(), `EXPLAIN ${INSERT}`)).toHaveLength(1)
    expect(requests()).toEqual([])
  })
})

describe('secrets in requests', () => {
  const SET = `INSERT INTO p.s.keys (name, spec.inner.token, parts, settings, config) VALUES ('n', '${PLANTED}-a', '[{"name":"p","value":"${PLANTED}-b"}]', '{"user":"${PLANTED}-c"}', '{"kafka.api.secret":"${PLANTED}-d","sasl.jaas.config":"${PLANTED}-e","topic":"t"}')`

  it('are sent unmasked, and masked in --dry-run unless --show-secrets is given', async () => {
    serve(routes)
    const [row] = await objects(open({ dryRun: true }), SET)
    expect(JSON.parse(String(row!.body))).toEqual({
      name: 'n',
      spec: { inner: { token: MASK } },
      parts: [{ name: 'p', value: MASK }],
      settings: { user: MASK },
      config: { 'kafka.api.secret': MASK, 'sasl.jaas.config': MASK, topic: 't' },
    })
    expect(requests()).toEqual([])
    await objects(open(), SET)
    const [sent] = requests()
    expect(sent!.match(/pl4nted-[a-e]/g)).toHaveLength(5)
    const [shown] = await objects(open({ dryRun: true, showSecrets: true }), SET)
    expect(sent).toBe(`POST /keys ${String(shown!.body)}`)
  })

  it('read for a change are sent unmasked, and masked in --dry-run', async () => {
    serve(routes)
    const sql =
      "UPDATE p.s.keys SET name = spec.secret, settings = json_set(settings, '$.more', 1) WHERE id = 'k1'"
    await objects(open(), sql)
    expect(requests()).toEqual([
      'GET /keys/k1',
      `PATCH /keys/k1 {"name":"${PLANTED}-2","settings":{"user":"${PLANTED}-5","on":true,"more":1}}`,
    ])
    serve({ ...routes, 'DELETE /keys/k1': () => new Status(204) })
    await objects(
      open(),
      `DELETE FROM p.s.keys WHERE id IN (SELECT id FROM p.s.keys WHERE spec.secret = '${PLANTED}-2')`,
    )
    expect(requests()).toEqual(['GET /keys', 'DELETE /keys/k1'])
    const rows = await objects(open({ dryRun: true }), sql)
    expect(rows).toEqual([
      { method: 'PATCH', url: expect.stringMatching(/\/keys\/k1$/), body: expect.stringContaining(MASK) },
    ])
    rows.push(
      ...(await objects(
        open({ dryRun: true }),
        "UPDATE p.s.keys SET name = (SELECT k.spec.secret FROM p.s.keys k WHERE k.id = 'k1') WHERE id IN (SELECT 'k1')",
      )),
    )
    expect(rows).toHaveLength(2)
    expect(rows.every(masked)).toBe(true)
  })

  it('a stored mask is not sent', async () => {
    serve(routes)
    const session = open()
    await objects(session, 'CREATE TABLE kept AS SELECT * FROM p.s.keys')
    requests()
    await expect(
      objects(session, "INSERT INTO p.s.keys (name, parts) SELECT name, parts FROM kept WHERE id = 'k1'"),
    ).rejects.toMatchObject({
      code: 'VALUE',
      message: 'parts.0.value would be sent as ********, which stands for a secret',
    })
    expect(requests()).toEqual([])
  })

  it.each([
    [
      'an error that repeats the body',
      SET,
      () =>
        new Status(400, {
          errors: [{ detail: `bad token ${PLANTED}-a, settings ${PLANTED}-c, ${PLANTED}-e` }],
        }),
    ],
    [
      'an error with many rows',
      `${SET}, ('m', '${PLANTED}-f', '[]', '{}', '{}')`,
      () => new Status(422, { error_code: 1, message: `no ${PLANTED}-a` }),
    ],
    [
      'a value of the wrong type',
      `INSERT INTO p.s.keys (name, settings) VALUES ('n', '${PLANTED}')`,
      () => KEY,
    ],
    ['a body that is no JSON', `INSERT INTO p.s.keys (name, config) VALUES ('n', '{${PLANTED}')`, () => KEY],
    ['an array that is no JSON', `INSERT INTO p.s.keys (name, parts) VALUES ('n', '[${PLANTED}')`, () => KEY],
  ])('are in no error: %s', async (_name, sql, answer) => {
    serve({ 'POST /keys': answer })
    const error = await outcome(open(), sql).then(
      o => o.error,
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(Error)
    expect(`${(error as Error).message} ${String((error as { hint?: string }).hint)}`).not.toContain(PLANTED)
  })

  it('are in no EXPLAIN of a change', async () => {
    serve(routes)
    expect((await objects(open(), `EXPLAIN ${SET}`)).every(masked)).toBe(true)
  })
})
