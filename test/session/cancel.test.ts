import { expect, it } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { startServer } from '../writes/support.ts'

const { open } = await startServer()

it('a statement on a table of the session that is cancelled while it is planned changes nothing', async () => {
  const session = open()
  const controller = new AbortController()
  const begun = session.run('CREATE TABLE t AS SELECT 1 AS n', controller.signal).next()
  controller.abort(new ConfluentqlError('ABORTED', 'cancelled'))
  await expect(begun).rejects.toMatchObject({ code: 'ABORTED' })
  expect(session.names().tables).toEqual([])
})
