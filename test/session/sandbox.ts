import { createRequire } from 'node:module'
import { expect } from 'vitest'
import type * as Library from '../../src/index.ts'
import { atEnd } from '../support/cleanup.ts'

const { ConfluentqlError, Session, startSandbox } = createRequire(import.meta.url)(
  '../../dist/index.js',
) as typeof Library

/** A session of the built library on a sandbox of 2026-11-01; both are closed at the end of the test file. */
export async function openSandbox(options: Partial<Library.SessionOptions> = {}): Promise<{
  session: Library.Session
  /** The error that a statement must end with. */
  errorOf: (sql: string) => Promise<Library.ConfluentqlError>
}> {
  const sandbox = await startSandbox({ date: '2026-11-01' })
  atEnd(() => sandbox.close())
  const session = new Session({ ...sandbox.options, ...options })
  atEnd(() => session.close())
  return {
    session,
    async errorOf(sql) {
      const error: unknown = await session.all(sql).then(
        () => undefined,
        (e: unknown) => e,
      )
      expect(error, sql).toBeInstanceOf(ConfluentqlError)
      return error as Library.ConfluentqlError
    },
  }
}
