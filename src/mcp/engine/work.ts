import type { PendingRequest } from '../../engine/writes/pending.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Pool, Session } from '../../index.ts'
import { packError } from '../../processes/errors.ts'
import { maskSql } from '../../sql/secrets.ts'
import { noticesText, rowsText, type Limits } from '../rows.ts'
import { isExplain, onlyStatement, refuseChange, requireChange } from '../statements.ts'
import { count } from '../text.ts'
import type { FromEngine, Outcome, Work } from './protocol.ts'

/** Milliseconds between two reports of progress. */
const PROGRESS_EVERY = 250

type Own = NonNullable<Parameters<Pool['session']>[0]>

/** What a task may tell the server. */
interface Context {
  readonly pool: Pool
  readonly send: (message: FromEngine) => void
  readonly signal: AbortSignal
  readonly approve: (requests: readonly PendingRequest[]) => Promise<boolean>
}

/** Does one task after another; each in a session of its own, which shares connections, limits and cache with the next. */
export class Engine {
  readonly #pool: Pool
  readonly #send: (message: FromEngine) => void
  #control = new AbortController()
  #onAnswer: ((isYes: boolean) => void) | undefined

  constructor(pool: Pool, send: (message: FromEngine) => void) {
    this.#pool = pool
    this.#send = send
  }

  async run(work: Work): Promise<void> {
    const { signal } = (this.#control = new AbortController())
    const context: Context = {
      pool: this.#pool,
      send: this.#send,
      signal,
      approve: async requests => {
        const hide = await this.#masked(work)
        return new Promise(resolve => {
          this.#onAnswer = resolve
          this.#send({ kind: 'approve', requests: withoutSecrets(requests, hide) })
        })
      },
    }
    try {
      const outcome = await outcomeOf(work, context)
      await this.#masked(work)
      this.#send({ kind: 'done', outcome })
    } catch (error) {
      this.#send({ kind: 'done', error: packError(error, await this.#masked(work)) })
    }
  }

  /** Sends the statement of some work without secrets, and returns what masks the credentials. */
  async #masked(work: Work): Promise<(text: string) => string> {
    const hide = await this.#pool.hider()
    if ('sql' in work) this.#send({ kind: 'statement', text: hide(maskSql(work.sql)) })
    return hide
  }

  /** The answer to `approve`. */
  answer(isYes: boolean): void {
    this.#onAnswer?.(isYes)
    this.#onAnswer = undefined
  }

  cancel(reason: string): void {
    this.#control.abort(new ConfluentqlError('ABORTED', reason))
    this.answer(false)
  }
}

function outcomeOf(work: Work, context: Context): Promise<Outcome> {
  switch (work.kind) {
    case 'query':
      return query(work.sql, work.limits, context)
    case 'explain':
      return explain(work.sql, work.limits, context)
    case 'columns':
      return columns(work.view, context)
    case 'plan':
      return plan(work.sql, context)
    case 'send':
      return sendChange(work.sql, work.limits, context)
  }
}

async function query(sql: string, limits: Limits, context: Context): Promise<Outcome> {
  const notices: string[] = []
  // a dry run sends no change even if the check below failed
  const own = { dryRun: true, onNotice: (text: string) => void notices.push(text) }
  return inSession(context, own, async session => {
    const piece = onlyStatement(session, sql)
    refuseChange(await session.plan(sql), sql)
    const result = await session.runPiece(sql, piece, context.signal)
    return { kind: 'query', ...(await rowsText(result, limits, notices, await context.pool.hider())) }
  })
}

async function explain(sql: string, limits: Limits, context: Context): Promise<Outcome> {
  const notices: string[] = []
  const own = { dryRun: true, onNotice: (text: string) => void notices.push(text) }
  return inSession(context, own, async session => {
    const piece = onlyStatement(session, sql)
    // the result of EXPLAIN is what is asked for
    const result =
      (await session.explain(sql, piece, context.signal))
      ?? (isExplain(sql) ? await session.runPiece(sql, piece, context.signal) : undefined)
    if (!result)
      return { kind: 'explain', text: 'This statement sends no request.', rows: 0, isComplete: true }
    return { kind: 'explain', ...(await rowsText(result, limits, notices, await context.pool.hider())) }
  })
}

async function columns(view: string, context: Context): Promise<Outcome> {
  return inSession(context, { dryRun: true }, async session => {
    const described = await session.plan(`DESCRIBE ${view}`)
    const rows = described.kind === 'rows' ? described.rows : []
    return {
      kind: 'columns',
      columns: rows.map(([name, type]) => [String(name), String(type ?? 'any')] as const),
    }
  })
}

async function plan(sql: string, context: Context): Promise<Outcome> {
  const notices: string[] = []
  let found: readonly PendingRequest[] | undefined
  const own: Own = {
    onNotice: text => notices.push(text),
    approve: async requests => {
      found = requests
      return false
    },
  }
  return inSession(context, own, async session => {
    const piece = onlyStatement(session, sql)
    const { verb } = requireChange(await session.plan(sql), sql)
    try {
      await session.runPiece(sql, piece, context.signal)
    } catch (error) {
      // refusing the requests ends the statement with an error
      if (!found) throw error
    }
    const hide = await context.pool.hider()
    return { kind: 'plan', verb, requests: withoutSecrets(found ?? [], hide), notices: notices.map(hide) }
  })
}

/** Requests as they are shown, with the credentials masked. */
function withoutSecrets(
  requests: readonly PendingRequest[],
  hide: (text: string) => string,
): PendingRequest[] {
  return requests.map(({ shown, ...rest }) => ({
    ...rest,
    shown: { ...shown, url: hide(shown.url), ...(shown.body !== undefined && { body: hide(shown.body) }) },
  }))
}

async function sendChange(sql: string, limits: Limits, context: Context): Promise<Outcome> {
  const notices: string[] = []
  const own: Own = { onNotice: text => notices.push(text), approve: context.approve }
  return inSession(context, own, async session => {
    const piece = onlyStatement(session, sql)
    requireChange(await session.plan(sql), sql)
    const result = await session.runPiece(sql, piece, context.signal)
    const { verb = '', count: done = 0 } = result.affected ?? {}
    const hide = await context.pool.hider()
    const { text, rows, isComplete } = await rowsText({ ...result, finish: () => {} }, limits, notices, hide)
    // after the rows, which may hold what the API answers only once
    result.finish()
    const before = result.columns.length > 0 ? [text] : noticesText(notices.map(hide))
    return { kind: 'send', text: [...before, `Done: ${verb} ${done}.`].join('\n'), rows, isComplete }
  })
}

async function inSession<T>(
  { pool, send: tell, signal }: Context,
  own: Own,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const seen = { pages: 0, rows: 0 }
  let last = 0
  const session = pool.session({
    ...own,
    onActivity: activity => {
      if (activity.kind !== 'page') return
      seen.pages++
      seen.rows += activity.rows
      const at = Date.now()
      if (at - last < PROGRESS_EVERY) return
      last = at
      tell({ kind: 'progress', text: `${count(seen.pages, 'page')}, ${count(seen.rows, 'row')}` })
    },
  })
  try {
    return await work(session)
  } catch (error) {
    // what a cancelled statement says depends on where it was
    if (signal.aborted && !(error instanceof ConfluentqlError)) throw signal.reason
    throw error
  } finally {
    await session.close()
  }
}
