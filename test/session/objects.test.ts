import { beforeAll, describe, expect, it } from 'vitest'
import { Session, type SessionOptions } from 'confluentql'
import { nextTurn } from '../../src/http/signal.ts'
import { listen } from '../support/cleanup.ts'

let url: string
beforeAll(async () => {
  url = await listen((request, response) => {
    const isDenied = request.url!.includes('env-2')
    response.writeHead(isDenied ? 403 : 200, { 'Content-Type': 'application/json' })
    const id = /environment=(env-\d)/.exec(request.url!)?.[1]
    const data = request.url!.includes('/environments')
      ? [{ id: 'env-1' }, { id: 'env-2' }]
      : [{ id: `lkc-${id}`, spec: { display_name: 'x', environment: { id } } }]
    response.end(JSON.stringify({ data, metadata: {} }))
  })
})

async function within<T>(work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
  const session = new Session({
    env: { CONFLUENT_CLOUD_API_KEY: 'k', CONFLUENT_CLOUD_API_SECRET: 's' },
    endpoint: url,
    retries: 0,
    ...options,
  })
  return work(session).finally(() => session.close())
}

describe.concurrent('rows as objects', () => {
  it('have values by type: nested ones parsed, booleans, large integers, bytes', async () => {
    const sql =
      "SELECT 1 AS n, 9007199254740993 AS big, x'01' AS bytes, NULL AS none, json('{\"a\":[1]}') AS o, '{\"a\":1}' AS text"
    expect(await within(s => s.all(sql))).toEqual([
      {
        n: 1,
        big: 9_007_199_254_740_993n,
        bytes: Buffer.from([1]),
        none: null,
        o: { a: [1] },
        text: '{"a":1}',
      },
    ])
    expect(await within(s => s.get('SELECT 1 AS __proto__'))).toEqual(Object.fromEntries([['__proto__', 1]]))
    expect(await within(s => s.get('SELECT 1 AS x WHERE 0'))).toBe(undefined)
    await expect(within(s => s.all('SELECT 1 AS x, 2 AS x'))).rejects.toThrow('two columns are called "x"')
    await expect(within(s => s.all('SELECT 1; SELECT 2'))).rejects.toThrow('take one statement')
  })

  it('have the failure of a change behind its first row', async () => {
    const sql =
      "UPDATE /*+ CONTINUE */ confluent.iam.users SET full_name = 'a' WHERE id IN ('u-1', 'env-2') RETURNING id"
    await expect(within(s => s.get(sql))).rejects.toThrow(/failed at row 2 of 2/)
    await expect(within(s => s.all(sql))).rejects.toThrow(/failed at row 2 of 2/)
  })

  it('take parameters for one statement each', async () => {
    await within(
      async session => {
        const sql = 'SELECT :a AS a, :b AS b'
        expect(await session.get(sql, { b: true })).toEqual({ a: 'all', b: 1 })
        expect(await session.get(sql, { a: new Date(0), b: null })).toEqual({
          a: '1970-01-01T00:00:00.000Z',
          b: null,
        })
        await expect(session.get(sql)).rejects.toThrow(':b')
        // @ts-expect-error a list is not a value
        await expect(session.get(sql, { b: ['x'] })).rejects.toThrow('the value of :b is object')
      },
      { variables: { a: 'all' } },
    )
  })

  it('of a statement that is refused meanwhile leave the parameters of the running one', async () => {
    await within(async session => {
      const sql = 'SELECT :a AS a FROM confluent.org.environments'
      const running = session.all(sql, { a: 'mine' })
      await expect(session.all(sql, { a: 'other' })).rejects.toThrow('still')
      expect(await running).toEqual([{ a: 'mine' }, { a: 'mine' }])
    })
  })

  it('leave the session free after a loop that ends early', async () => {
    await within(async session => {
      for await (const { x } of session.each<{ x: number }>('SELECT value AS x FROM json_each(:l)', {
        l: '[1,2,3]',
      })) {
        expect(x).toBe(1)
        break
      }
      expect(await session.get('SELECT 2 AS x')).toEqual({ x: 2 })
    })
  })

  it('end with the signal, before and between rows', async () => {
    const controller = new AbortController()
    const sql = 'SELECT id FROM confluent.org.environments'
    await within(async session => {
      const seen: unknown[] = []
      const reading = (async () => {
        for await (const row of session.each(sql, {}, { signal: controller.signal })) {
          seen.push(row)
          controller.abort()
        }
      })()
      await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
      expect(seen).toHaveLength(1)
      await expect(session.all(sql, {}, { signal: controller.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      })
    })
  })

  it('end with an error of ours, whatever the reason of the signal is', async () => {
    const reason = new DOMException('too late', 'TimeoutError')
    const expected = { code: 'ABORTED', message: 'interrupted', cause: { name: 'TimeoutError' } }
    const sql = 'SELECT id FROM confluent.managed_kafka_clusters.clusters'
    // in each turn until the statement would end
    for (let turns = 0; ; turns++) {
      const error = await within(
        async session => {
          const controller = new AbortController()
          const end = session.all(sql, {}, { signal: controller.signal, onLeftOut: () => {} }).then(
            () => undefined,
            (found: unknown) => found,
          )
          for (let i = 0; i < turns; i++) await nextTurn()
          controller.abort(reason)
          return end
        },
        { skipUnreachable: true },
      )
      if (error === undefined) break
      expect(error).toMatchObject(expected)
    }
  })

  it('that lack what was left out are an error, unless onLeftOut takes it', async () => {
    await within(
      async session => {
        const sql = 'SELECT id FROM confluent.managed_kafka_clusters.clusters'
        await expect(session.all(sql)).rejects.toThrow('lacks the rows of 1 call that was left out')
        const told: number[] = []
        expect(await session.all(sql, {}, { onLeftOut: calls => told.push(calls.length) })).toEqual([
          { id: 'lkc-env-1' },
        ])
        expect(told).toEqual([1])
      },
      { skipUnreachable: true },
    )
  })
})
