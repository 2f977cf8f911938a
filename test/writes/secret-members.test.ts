import { describe, expect, it } from 'vitest'
import { objects, startServer } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const CONFIG = {
  'connector.class': 'Sink',
  'database.password': 'hunter2',
  'aws.secret.access.key': 'AKIA',
  'sasl.jaas.config': '',
  tasks: 3,
  ratio: 1.0,
  'ssl.key.password': null,
  'oauth.token': { value: 'x' },
  nested: { a: [1, 'b'] },
}
const MASKED =
  '{"connector.class":"Sink","database.password":"********","aws.secret.access.key":"********","sasl.jaas.config":"","tasks":3,"ratio":1,"ssl.key.password":null,"oauth.token":"********","nested":{"a":[1,"b"]}}'
const task = { id: 't1', config: CONFIG }
const routes = {
  'GET /tasks': () => ({
    data: [task, { id: 't2', config: null }, { id: 't3' }, { id: 't4', config: ['a'] }],
  }),
  'GET /tasks/t1': () => task,
  'PATCH /tasks/t1': () => task,
  'POST /tasks': () => task,
}

describe('an object with secret members', () => {
  it('is shown without the values that have the names of secrets', async () => {
    serve(routes)
    const sql = 'SELECT id, config FROM p.s.tasks'
    expect(await objects(open(), sql)).toEqual([
      { id: 't1', config: MASKED },
      { id: 't2', config: null },
      { id: 't3', config: null },
      { id: 't4', config: '["a"]' },
    ])
    const [shown] = await objects(open({ showSecrets: true }), sql)
    expect(shown!.config).toBe(JSON.stringify(CONFIG))
  })

  it.each([
    `config ->> '$."database.password"'`,
    `config."database.password"`,
    `json_extract(config, '$."database.password"')`,
    `(SELECT value FROM json_each(config) WHERE key = 'database.password')`,
  ])('has a mask at %s', async expression => {
    serve(routes)
    expect(await objects(open(), `SELECT ${expression} AS x FROM p.s.tasks WHERE id = 't1'`)).toEqual([
      { x: '********' },
    ])
    await expect(
      objects(open(), `SELECT id FROM p.s.tasks WHERE ${expression} = 'hunter2'`),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('is a masked secret') })
  })

  it('can be compared by its other members', async () => {
    // an array where an object is declared would be an error
    serve({ ...routes, 'GET /tasks': () => ({ data: [task, { id: 't2', config: null }, { id: 't3' }] }) })
    for (const condition of [`config ->> '$."connector.class"' = 'Sink'`, `config.tasks = 3`])
      expect(await objects(open(), `SELECT id FROM p.s.tasks WHERE ${condition}`)).toEqual([{ id: 't1' }])
  })

  it('stays so in tables of the session', async () => {
    serve(routes)
    const session = open()
    await objects(session, "CREATE TABLE t AS SELECT id, config FROM p.s.tasks WHERE id = 't1'")
    expect(await objects(session, 'SELECT config FROM t')).toEqual([{ config: MASKED }])
    expect(await objects(session, "SELECT id FROM t WHERE config ->> '$.tasks' = 3")).toEqual([{ id: 't1' }])
    await expect(
      objects(session, `SELECT id FROM t WHERE config ->> '$."database.password"' LIKE 'h%'`),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(
      objects(session, "UPDATE p.s.tasks SET config = (SELECT config FROM t) WHERE id = 't1'"),
    ).rejects.toMatchObject({ message: expect.stringContaining('would be sent as ********') })
  })

  it('is masked in the answers and in the requests of changes that are shown, and sent as it is', async () => {
    serve(routes)
    const sql =
      "UPDATE p.s.tasks SET config = json_set(config, '$.tasks', 4) WHERE id = 't1' RETURNING config"
    expect(await objects(open(), sql)).toEqual([{ config: MASKED }])
    expect(JSON.parse(requests().at(-1)!.slice('PATCH /tasks/t1 '.length))).toEqual({
      config: { ...CONFIG, tasks: 4 },
    })
    const [dry] = await objects(open({ dryRun: true }), sql)
    expect(dry!.body).not.toMatch(/hunter2|AKIA/)
  })
})
