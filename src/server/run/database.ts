import type { Packing } from '../../packed.ts'
import type { Batch } from '../../engine/result.ts'
import type { Pool, Session, SessionOptions } from '../../index.ts'
import type { Relation } from '../catalog/relations.ts'
import type { Evaluators } from '../evaluate/evaluators.ts'
import { literal } from '../sql/lexer.ts'

/** Most sessions that wait for the next statement. */
const IDLE = 8

/** A database: the tables of one profile. */
export class Database {
  readonly name: string
  /** The tables, by `schema.name`. */
  readonly relations: ReadonlyMap<string, Relation>
  /** The names of tables, to see whether a statement may read any. */
  readonly tableNames: ReadonlySet<string>
  readonly evaluators: Evaluators
  /** SQL of each unit that names this database and the others; empty if the evaluators have done so. */
  readonly prologue: string
  readonly #pool: Pool
  readonly #provider: string
  readonly #idle: Session[] = []
  readonly #notices = new WeakMap<Session, string[]>()

  constructor(
    name: string,
    parts: {
      provider: string
      pool: Pool
      relations: readonly Relation[]
      evaluators: Evaluators
      prologue: string
    },
  ) {
    this.name = name
    this.relations = new Map(parts.relations.map(r => [`${r.schema}.${r.name}`, r] as const))
    this.tableNames = new Set(parts.relations.map(r => r.name))
    this.evaluators = parts.evaluators
    this.#pool = parts.pool
    this.#provider = parts.provider
    this.prologue = parts.prologue
  }

  /** A session that runs one statement at a time. */
  async borrow(): Promise<Session> {
    return this.#idle.pop() ?? (await this.openSession())
  }

  /** A session of its own, which `close` does not close. @param options those that differ from the pool's */
  async openSession(
    options: Pick<SessionOptions, 'variables' | 'fresh' | 'requireKeys'> = {},
  ): Promise<Session> {
    const notices: string[] = []
    const session = this.#pool.session({ ...options, onNotice: text => notices.push(text) })
    this.#notices.set(session, notices)
    // names of two parts are those of the first provider
    for await (const _ of session.run(`USE ${this.#provider}`));
    return session
  }

  /** The notices of a session for its statement, without duplicates. */
  takeNotices(session: Session): readonly string[] {
    return this.#notices.get(session)?.splice(0) ?? []
  }

  giveBack(session: Session): void {
    if (this.#idle.length < IDLE) this.#idle.push(session)
    else void session.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.map(session => session.close()))
    await this.#pool.close()
  }
}

/** SQL that gives a database its name, and lists the others. */
export function namingOf(name: string, others: readonly string[]): string {
  return [
    `UPDATE pg_database SET datname = ${literal(name)} WHERE datname = current_database();`,
    // rows of pg_database for clients that list databases; their OIDs are arbitrary
    ...others.map(
      (other, i) =>
        `INSERT INTO pg_database SELECT (jsonb_populate_record(d, jsonb_build_object('oid', ${60_000 + i}, 'datname', ${literal(other)}))).* FROM pg_database d WHERE datname = current_database();`,
    ),
  ].join('')
}

/** Where a statement of a session runs. */
export interface SessionContext {
  readonly database: Database
  readonly signal: AbortSignal
  /** Called with notices for the client, such as keys that do not exist. */
  readonly onNotice: (text: string) => void
  /** The rows will be changed: nothing is read from the cache, and no key comes from a parent that the statement does not name. */
  readonly isForChange?: boolean | undefined
}

/** Batches of rows of a statement, in a session that is given back at the end. @param packing how the reader prefers packed rows */
export async function* sessionRows(
  sql: string,
  { database, signal, onNotice, isForChange }: SessionContext,
  packing?: Packing,
): AsyncGenerator<Batch, void, void> {
  const session = isForChange
    ? await database.openSession({ fresh: true, requireKeys: true })
    : await database.borrow()
  try {
    for await (const result of session.run(sql, signal)) {
      yield* result.rows.batches(packing)
      result.finish()
    }
  } finally {
    for (const text of database.takeNotices(session)) onNotice(text)
    if (isForChange) await session.close()
    else database.giveBack(session)
  }
}
