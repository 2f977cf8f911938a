import { describe, expect, it } from 'vitest'
import { objects, outcome, startServer, Status, type Routes } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const network = (id: string, phase: string, message = ''): object => ({
  id,
  name: id,
  spec: { environment: { id: 'e1' }, size: 1 },
  status: { phase, message },
})

/** A network that goes through phases: the first in the answer to the change, then one for each read; the last one stays. */
function making(...phases: readonly string[]): Routes {
  return {
    'POST /networks': () => new Status(202, network('n1', phases[0]!)),
    'GET /networks/n1': ({ nth }) =>
      network('n1', phases[Math.min(nth, phases.length - 1)]!, 'no addresses left'),
  }
}

const INSERT =
  "INSERT /*+ AWAIT */ INTO p.s.networks (name, spec.environment.id) VALUES ('n', 'e1') RETURNING id, status.phase, environment"
const POST = 'POST /networks {"name":"n","spec":{"environment":{"id":"e1"}}}'
const GET = 'GET /networks/n1?environment=e1'

describe('AWAIT', () => {
  it('without AWAIT the accepted row is returned', async () => {
    serve(making('MAKING', 'READY'))
    expect(await objects(open(), INSERT.replace('/*+ AWAIT */', ''))).toEqual([
      { id: 'n1', 'status.phase': 'MAKING', environment: 'e1' },
    ])
    expect(requests()).toEqual([POST])
    expect(server.progress).toEqual([])
  })

  it('polls until the phase is final and returns the final row', async () => {
    serve(making('MAKING', 'MAKING', 'MAKING', 'READY'))
    expect(await objects(open(), INSERT)).toEqual([{ id: 'n1', 'status.phase': 'READY', environment: 'e1' }])
    expect(requests()).toEqual([POST, GET, GET, GET])
    expect(server.progress.map(p => `${p.name}: ${p.phase}`)).toEqual(
      Array.from({ length: 3 }, () => 'p.s.networks n1: MAKING'),
    )
  })

  it('a session can wait in every statement', async () => {
    serve(making('MAKING', 'READY'))
    await objects(open({ await: true }), INSERT.replace('/*+ AWAIT */', ''))
    expect(requests()).toEqual([POST, GET])
  })

  it('an object that is already final is not polled', async () => {
    serve(making('WAITING'))
    expect(await objects(open(), INSERT)).toMatchObject([{ 'status.phase': 'WAITING' }])
    expect(requests()).toEqual([POST])
  })

  it('an unknown phase counts as pending', async () => {
    serve(making('MAKING', 'POLISHING', 'READY'))
    expect(await objects(open(), INSERT)).toMatchObject([{ 'status.phase': 'READY' }])
    expect(server.progress.map(p => p.phase)).toEqual(['MAKING', 'POLISHING'])
  })

  it('keeps polling while the object is not found', async () => {
    serve({
      ...making('MAKING'),
      'GET /networks/n1': ({ nth }) =>
        nth < 3 ? new Status(404, { errors: [{ detail: 'not found' }] }) : network('n1', 'READY'),
    })
    expect(await objects(open(), INSERT)).toMatchObject([{ 'status.phase': 'READY' }])
    expect(requests()).toHaveLength(4)
  })

  it('a failed phase is an error that says why, after the row', async () => {
    serve(making('MAKING', 'FAILED'))
    const { rows, error } = await outcome(open(), INSERT)
    expect(rows).toEqual([{ id: 'n1', 'status.phase': 'FAILED', environment: 'e1' }])
    expect(error).toMatchObject({
      code: 'API',
      message: 'p.s.networks n1 is FAILED: no addresses left',
      hint: 'the request was accepted, but what it began has failed',
    })
  })

  it('times out with the last known phase', async () => {
    serve(making('MAKING'))
    const { rows, error } = await outcome(open({ waiting: { every: 1, timeout: 20 } }), INSERT)
    expect(rows).toMatchObject([{ 'status.phase': 'MAKING' }])
    expect(error).toMatchObject({
      code: 'API',
      message: 'p.s.networks n1 is still MAKING after 0 s',
      hint: expect.stringMatching(/accepted/),
    })
    expect(requests().length).toBeGreaterThan(1)
  })

  it('an error while waiting says that the request was accepted', async () => {
    serve({ ...making('MAKING'), 'GET /networks/n1': () => new Status(403, { errors: [{ detail: 'no' }] }) })
    const { rows, error } = await outcome(open(), INSERT)
    expect(rows).toMatchObject([{ 'status.phase': 'MAKING' }])
    expect(error).toMatchObject({
      code: 'API',
      status: 403,
      hint: expect.stringMatching(
        /^the request for p\.s\.networks n1 was accepted; what became of it is not known/,
      ),
    })
  })

  it('an interruption ends the wait, and says that the request was accepted', async () => {
    const stop = new AbortController()
    serve({
      ...making('MAKING'),
      'GET /networks/n1': () => {
        stop.abort()
        return network('n1', 'MAKING')
      },
    })
    const session = open()
    const result = await session.runPiece(INSERT, session.statements(INSERT)[0]!, stop.signal)
    for await (const _ of result.rows) {
      /* to the end */
    }
    expect(() => result.finish()).toThrow(
      expect.objectContaining({ code: 'ABORTED', hint: expect.stringMatching(/accepted/) }),
    )
    expect(result.affected).toEqual({ verb: 'INSERT', count: 1 })
  })

  it('all rows are sent before waiting, and each failure is reported', async () => {
    serve({
      'POST /networks': ({ nth }) => network(`n${nth}`, 'MAKING'),
      ...Object.fromEntries(
        ['READY', 'FAILED', 'READY', 'FAILED'].map((phase, i) => [
          `GET /networks/n${i + 1}`,
          () => network(`n${i + 1}`, phase, 'why'),
        ]),
      ),
    })
    const { rows, error } = await outcome(
      open(),
      "INSERT /*+ await */ INTO p.s.networks (name, spec.environment.id) VALUES ('a', 'e1'), ('b', 'e1'), ('c', 'e1'), ('d', 'e1') RETURNING id, status.phase",
    )
    expect(rows.map(r => `${String(r.id)} ${String(r['status.phase'])}`)).toEqual([
      'n1 READY',
      'n2 FAILED',
      'n3 READY',
      'n4 FAILED',
    ])
    expect(error).toMatchObject({
      message:
        'INSERT on p.s.networks: 2 of 4 did not end well: p.s.networks n2 is FAILED: why; p.s.networks n4 is FAILED: why',
    })
    expect(requests().map(r => r.split(' ')[0])).toEqual([
      'POST',
      'POST',
      'POST',
      'POST',
      'GET',
      'GET',
      'GET',
      'GET',
    ])
  })

  it('waits for the rows accepted before a failed one', async () => {
    serve({
      ...making('MAKING', 'READY'),
      'POST /networks': ({ nth }) =>
        nth === 1 ? network('n1', 'MAKING') : new Status(409, { errors: [{ detail: 'exists' }] }),
    })
    const { rows, error } = await outcome(
      open(),
      "INSERT /*+ AWAIT */ INTO p.s.networks (name, spec.environment.id) VALUES ('a', 'e1'), ('b', 'e1') RETURNING id, status.phase",
    )
    expect(rows).toEqual([{ id: 'n1', 'status.phase': 'READY' }])
    expect(error).toMatchObject({ status: 409, message: expect.stringMatching(/failed at row 2 of 2/) })
  })

  it('UPDATE waits too', async () => {
    serve({
      'PATCH /networks/n1': () => network('n1', 'MAKING'),
      'GET /networks/n1': ({ nth }) => network('n1', nth < 3 ? 'MAKING' : 'READY'),
    })
    expect(
      await objects(
        open(),
        "UPDATE /*+ AWAIT */ p.s.networks SET spec.size = 2 WHERE id = 'n1' AND environment = 'e1' RETURNING status.phase",
      ),
    ).toEqual([{ 'status.phase': 'READY' }])
    expect(requests()).toEqual([GET, 'PATCH /networks/n1 {"spec":{"size":2}}', GET, GET])
  })

  it('DELETE waits until the object is not found', async () => {
    serve({
      'DELETE /networks/n1': () => new Status(204),
      'GET /networks/n1': ({ nth }) =>
        nth < 3 ? network('n1', 'FAILED') : new Status(404, { errors: [{ detail: 'gone' }] }),
    })
    await objects(open(), "DELETE /*+ AWAIT */ FROM p.s.networks WHERE id = 'n1' AND environment = 'e1'")
    expect(requests()).toEqual(['DELETE /networks/n1?environment=e1', GET, GET, GET])
    expect(server.progress.map(p => p.phase)).toEqual(['being deleted', 'FAILED', 'FAILED'])
  })

  it('DELETE takes 403 as gone only for objects that could be read before', async () => {
    const sql = "DELETE /*+ AWAIT */ FROM p.s.networks WHERE id = 'n1' AND environment = 'e1'"
    const forbidden = new Status(403, { errors: [{ detail: 'forbidden' }] })
    serve({
      'DELETE /networks/n1': () => new Status(204),
      'GET /networks/n1': ({ nth }) => (nth < 2 ? network('n1', 'READY') : forbidden),
    })
    await objects(open(), sql)
    serve({ 'DELETE /networks/n1': () => new Status(204), 'GET /networks/n1': () => forbidden })
    expect((await outcome(open(), sql)).error).toMatchObject({
      status: 403,
      hint: expect.stringMatching(/accepted/),
    })
  })

  it('DELETE waits for objects without a phase too', async () => {
    serve({
      'DELETE /keys/k1': () => new Status(204),
      'GET /keys/k1': ({ nth }) => (nth < 2 ? { id: 'k1' } : new Status(404, {})),
    })
    await objects(open(), "DELETE /*+ AWAIT */ FROM p.s.keys WHERE id = 'k1'")
    expect(requests()).toEqual(['DELETE /keys/k1', 'GET /keys/k1', 'GET /keys/k1'])
  })

  it('a phase that only the list has is read from the row with the key', async () => {
    serve({
      'POST /clusters/c1/connectors': () => ({ name: 'k2' }),
      'GET /clusters/c1/connectors': ({ nth }) => ({
        k1: { status: { state: 'FAILED' } },
        k2: { status: { state: nth < 2 ? 'PROVISIONING' : 'RUNNING' } },
      }),
    })
    const rows = await objects(
      open(),
      "INSERT /*+ AWAIT */ INTO p.s.connectors (cluster, name, config) VALUES ('c1', 'k2', '{}') RETURNING *",
    )
    expect(rows).toEqual([{ name: 'k2', state: 'RUNNING', cluster: 'c1' }])
    expect(requests().slice(1)).toEqual(['GET /clusters/c1/connectors', 'GET /clusters/c1/connectors'])
  })

  it('INSERT into a resource without phases does not wait', async () => {
    serve({ 'POST /docs': () => ({ id: 'd1' }) })
    await objects(open(), "INSERT /*+ AWAIT */ INTO p.s.docs (spec.name) VALUES ('d')")
    expect(requests()).toHaveLength(1)
  })

  it('AWAIT is an error for EXEC; --await does not wait where nothing can be polled', async () => {
    serve({ 'POST /networks/n1/restart': () => new Status(204), 'DELETE /subjects/s': () => [1] })
    await expect(
      objects(open(), "EXEC /*+ AWAIT */ p.s.networks.restart_network @id = 'n1'"),
    ).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'AWAIT: the end of what EXEC starts is not known',
    })
    expect(requests()).toEqual([])
    await objects(
      open({ await: true }),
      "EXEC p.s.networks.restart_network @id = 'n1'; DELETE FROM p.s.subjects WHERE subject = 's'",
    )
    expect(requests()).toEqual(['POST /networks/n1/restart', 'DELETE /subjects/s'])
    await expect(
      objects(open(), "DELETE /*+ AWAIT */ FROM p.s.subjects WHERE subject = 's'"),
    ).resolves.toEqual([])
  })

  it('EXPLAIN shows the polling request', async () => {
    serve({})
    const rows = await objects(open(), `EXPLAIN ${INSERT}`)
    expect(rows.map(r => [r.method, r.requests, r.request])).toEqual([
      [
        'create_network',
        'one for each row',
        expect.stringMatching(/^POST .*with name, spec\.environment\.id$/),
      ],
      [
        'get_network',
        'every 0.5 s for each row, until status.phase is READY, WAITING, FAILED, at most 60 s',
        expect.stringMatching(/\/networks\/\{id\}\?environment=\{environment\}$/),
      ],
    ])
    expect(requests()).toEqual([])
  })

  it('an answer without the key is an error', async () => {
    serve({ 'POST /networks': () => ({ status: { phase: 'MAKING' } }) })
    expect((await outcome(open(), INSERT)).error).toMatchObject({
      code: 'RESPONSE',
      message: 'create_network was accepted, but cannot be waited for: its answer has no id',
    })
  })
})
