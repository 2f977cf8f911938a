import { afterAll, beforeAll } from 'vitest'
import type { Catalog, Value } from '../../src/catalog/types.ts'
import { Session, type Result, type SessionOptions } from '../../src/index.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { compiledCatalog, compiledDir, sandboxData } from '../catalog/compiled.ts'
import { askAt, type Ask } from '../sandbox/support.ts'

export const ORG = 'crn://confluent.cloud/organization=3f6c1d0e-52b7-4c1a-9f27-8e0d4b7a91c5'

/** The rows of a statement, and the error that it threw after them, if any. */
export interface Ran {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Value[])[]
  readonly affected: Result['affected']
  readonly error: unknown
}

export interface Harness {
  readonly catalog: () => Catalog
  readonly sandbox: () => Sandbox
  readonly ask: Ask
  /** A session on the sandbox; it is closed at the end of the test file. */
  readonly open: (options?: SessionOptions) => Session
  /** Requests that a piece of work sent, as `GET /path?query`. */
  readonly requestsOf: (work: () => Promise<unknown>) => Promise<string[]>
}

/** One sandbox with our providers and data, and sessions on it, for one test file. */
export function harness(): Harness {
  const sessions: Session[] = []
  let catalog: Catalog
  let sandbox: Sandbox
  beforeAll(async () => {
    catalog = compiledCatalog()
    sandbox = await startSandbox({ catalog, data: await sandboxData() })
  })
  afterAll(async () => {
    for (const session of sessions) await session.close()
    await sandbox.close()
  })
  return {
    catalog: () => catalog,
    sandbox: () => sandbox,
    ask: (...request) => askAt(sandbox.url, ...request),
    open: (options = {}) => {
      const session = new Session({ env: sandbox.env, builtIn: compiledDir(), ...options })
      sessions.push(session)
      return session
    },
    requestsOf: async work => {
      const before = sandbox.log.length
      await work()
      return sandbox.log.slice(before).map(r => `${r.method} ${r.url}`)
    },
  }
}

/** Runs one statement to its end. An error before the first row is thrown. */
export async function run(session: Session, sql: string): Promise<Ran> {
  const [piece] = session.statements(sql)
  if (!piece) throw new Error('there is no statement')
  const result = await session.runPiece(sql, piece, new AbortController().signal)
  const rows: (readonly Value[])[] = []
  for await (const row of result.rows) rows.push([...row])
  let error: unknown
  try {
    result.finish()
  } catch (thrown) {
    error = thrown
  }
  return { columns: result.columns.map(c => c.name), rows, affected: result.affected, error }
}

/** Runs one statement that must succeed; its rows. */
export async function rowsOf(session: Session, sql: string): Promise<Ran['rows']> {
  const ran = await run(session, sql)
  if (ran.error !== undefined) throw ran.error
  return ran.rows
}
