import { describe, expect, it } from 'vitest'
import { object, page, run, text, type ProviderSource, type Running } from './documents.ts'

const OPERATION = object({
  name: text,
  done: { type: 'boolean' },
  error: object({ code: text, message: text }),
})
const LINKED = object({
  name: text,
  selfLink: text,
  status: { type: 'string', enum: ['PENDING', 'RUNNING', 'DONE'] },
  error: object({ errors: { type: 'array', items: object({ code: text, message: text }) } }),
})

const source = (url: string): ProviderSource => ({
  auth: { type: 'bearer', credentialsenvvar: 'ACME_TOKEN' },
  services: {
    test: {
      url: `${url}/base`,
      resources: {
        things: {
          methods: {
            list: { call: 'GET /v1/things', answer: page({ id: text }), response: { objectKey: '$.data' } },
            create: { call: 'POST /v1/things', body: object({ id: text }), answer: OPERATION },
            stop: { call: 'POST /v1/things/{thing}/stop', answer: OPERATION },
          },
          verbs: { select: ['list'], insert: ['create'] },
        },
        disks: {
          methods: { remove: { call: 'DELETE /v1/disks/{disk}', answer: LINKED } },
          verbs: { delete: ['remove'] },
        },
      },
    },
  },
})

/** A session whose server answers with these bodies, one after the other. */
async function acme(...bodies: readonly unknown[]): Promise<Running> {
  let n = 0
  return run(
    source,
    () => ({ body: bodies[Math.min(n++, bodies.length - 1)] }),
    { ACME_TOKEN: 'token-0123456789' },
    { awaitEvery: 1 },
  )
}

const running = { name: 'operations/o 1/x', done: false }

describe('AWAIT of an operation', () => {
  it('reads it below the version of the method, with the credential, until it is done', async () => {
    const { rows, asked, calls } = await acme(running, running, { ...running, done: true })
    await rows("INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')")
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill('Bearer token-0123456789'),
    )
    expect(calls()).toEqual([
      'POST /base/v1/things',
      'GET /base/v1/operations/o%201/x',
      'GET /base/v1/operations/o%201/x',
    ])
  })

  it('is for EXEC and DELETE too; only the path of a link is used', async () => {
    const exec = await acme(running, { ...running, done: true })
    await exec.rows("EXEC /*+ AWAIT */ acme.test.things.stop @thing = 't'")
    expect(exec.calls()).toEqual(['POST /base/v1/things/t/stop', 'GET /base/v1/operations/o%201/x'])
    const link = 'https://elsewhere.example/base/v1/operations/7?view=full'
    const gone = await acme({ selfLink: link, status: 'RUNNING' }, { selfLink: link, status: 'DONE' })
    await gone.rows("DELETE /*+ AWAIT */ FROM acme.test.disks WHERE disk = 'd'")
    expect(gone.calls()).toEqual(['DELETE /base/v1/disks/d', 'GET /base/v1/operations/7?view=full'])
  })

  it('returns the operation as it ended', async () => {
    const done = { ...running, done: true, response: { id: 't' } }
    const insert = "INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t') RETURNING name, done"
    expect(await (await acme(running, running, done)).rows(insert)).toEqual([['operations/o 1/x', 1]])
    const [link, status] = ['/base/v1/operations/7', 'RUNNING']
    const disks = await acme({ selfLink: link, status }, { selfLink: link, status: 'DONE' })
    const remove = "DELETE /*+ AWAIT */ FROM acme.test.disks WHERE disk = 'd' RETURNING disk, status"
    expect(await disks.rows(remove)).toEqual([['d', 'DONE']])
  })

  it('needs no further request where the answer is final, and none is sent without the hint', async () => {
    const done = await acme({ ...running, done: true })
    await done.rows("INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')")
    expect(done.calls()).toHaveLength(1)
    const plain = await acme(running)
    await plain.rows("INSERT INTO acme.test.things (id) VALUES ('t')")
    expect(plain.calls()).toHaveLength(1)
  })

  it('fails with the reason of the operation, at once or later', async () => {
    const failed = { ...running, done: true, error: { code: '7', message: 'no room' } }
    const insert = "INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')"
    for (const bodies of [[failed], [running, failed]]) {
      const { rows } = await acme(...bodies)
      await expect(rows(insert)).rejects.toThrow('acme.test.things create failed: 7: no room')
    }
    const errors = [{ code: 'QUOTA', message: 'too many' }, { message: 'and more' }]
    const { rows } = await acme({ selfLink: '/base/v1/o/1', status: 'DONE', error: { errors } })
    await expect(rows("DELETE /*+ AWAIT */ FROM acme.test.disks WHERE disk = 'd'")).rejects.toThrow(
      'QUOTA: too many; and more',
    )
  })

  it('hides the credential in that reason', async () => {
    const message = 'token-0123456789 may not do this'
    const { rows } = await acme(running, { ...running, done: true, error: { code: '7', message } })
    await expect(rows("INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')")).rejects.toThrow(
      'failed: 7: [hidden] may not do this',
    )
  })

  it('says that the change was accepted if the operation cannot be read', async () => {
    const insert = "INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')"
    for (const [body, message] of [
      [{ done: false }, 'was accepted, but cannot be waited for: its answer has no $.name'],
      [{ name: '../secrets', done: false }, 'the answer names no place that can be read'],
    ] as const) {
      const { rows, calls } = await acme(body)
      await expect(rows(insert)).rejects.toThrow(message)
      expect(calls()).toHaveLength(1)
    }
  })

  it('is shown by EXPLAIN', async () => {
    const { rows, calls } = await acme(running)
    const plan = JSON.stringify(
      await rows("EXPLAIN INSERT /*+ AWAIT */ INTO acme.test.things (id) VALUES ('t')"),
    )
    expect(plan).toContain('until $.done is true')
    expect(plan).toContain('GET /v1/{name}')
    expect(calls()).toEqual([])
  })
})
