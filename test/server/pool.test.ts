import { expect, it } from 'vitest'
import { Pool } from '../../src/index.ts'
import { listen } from '../support/cleanup.ts'

it('sessions of a pool run at the same time, and share answers', async () => {
  let requests = 0
  const endpoint = await listen((_, response) => {
    requests++
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: [{ id: 'u-1' }, { id: 'u-2' }], metadata: {} }))
  })
  const env = { CONFLUENT_CLOUD_API_KEY: 'k', CONFLUENT_CLOUD_API_SECRET: 's' }
  const pool = new Pool({ env, endpoint, cache: () => 60, builtIn: 'dist/providers' })
  const count = async (): Promise<unknown> => {
    const session = pool.session({ variables: { id: 'u-1' } })
    try {
      for await (const { rows } of session.run('SELECT count(*), :id FROM confluent.iam.users'))
        for await (const row of rows) return row
      return undefined
    } finally {
      await session.close()
    }
  }
  expect(await count()).toEqual([2, 'u-1'])
  expect(await Promise.all([count(), count(), count()])).toEqual(Array.from({ length: 3 }, () => [2, 'u-1']))
  expect(requests).toBe(1)
  await expect(pool.session().useProfile('other')).rejects.toThrow('a session of a pool keeps its profile')
  await pool.close()
})
