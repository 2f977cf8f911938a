import type { Duplex } from 'node:stream'
import { RowStream, type Answer } from '../run/answer.ts'
import { charactersIn, split } from '../sql/lexer.ts'
import { FrameReader, ProtocolViolation, type Frame } from '../wire/frames.ts'
import { InterruptedChange, PostgresError, reportFrame, reportOf, SqlError } from '../wire/errors.ts'
import {
  commandComplete,
  EMPTY_QUERY,
  formatsOf,
  NO_BINDING,
  readyForQuery,
  rowDescription,
} from '../wire/messages.ts'
import { refreshStatus, run } from './dispatch.ts'
import { ExtendedProtocol } from './extended.ts'
import { Operation } from './operation.ts'
import { Outbox } from './outbox.ts'
import { routeOf } from './route.ts'
import type { SavedSettings } from './settings.ts'
import type { ConnectionState } from './state.ts'

/** Settings and callbacks that the server passes to all connections. */
export interface ConnectionRules {
  readonly allowsChanges: boolean
  /** Milliseconds of a statement. */
  readonly statementTimeout: number
  readonly onStatement?: ((done: StatementDone) => void) | undefined
}

/** A statement that has ended. */
export interface StatementDone {
  readonly database: string
  readonly sql: string
  readonly ms: number
  readonly rows: number
  /** SQLSTATE of its error. */
  readonly state?: string | undefined
  /** What an interrupted change has sent. */
  readonly sent?: string | undefined
}

/** Bytes of messages that wait. */
const MOST_UNREAD = 32 * 2 ** 20

/** An authenticated connection: answers its messages one after another. */
export class Connection {
  readonly state: ConnectionState
  readonly rules: ConnectionRules
  readonly out: Outbox
  readonly #socket: Duplex
  readonly #reader: FrameReader
  readonly #extended: ExtendedProtocol
  #operation: Operation | undefined
  #isReading = false
  /** Messages are ignored until Sync, after an error in the extended protocol. */
  #isSkipping = false
  #isClosed = false
  /** The settings that a failure outside of a transaction block goes back to. */
  #implicit: SavedSettings | undefined

  constructor(socket: Duplex, reader: FrameReader, state: ConnectionState, rules: ConnectionRules) {
    this.#socket = socket
    this.#reader = reader
    this.state = state
    this.rules = rules
    this.out = new Outbox(socket)
    this.#extended = new ExtendedProtocol(this)
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk)
      // not always: the end of the connection is noticed while reading only
      if (reader.size > MOST_UNREAD) socket.pause()
      void this.#read()
    })
    socket.on('close', () => void this.#closed())
  }

  /** Reports the parameters, and takes statements from now on. @param greeting the messages before */
  async start(greeting: readonly Buffer[]): Promise<void> {
    this.#isReading = true
    try {
      for (const message of greeting) this.out.add(message)
      this.out.add(readyForQuery('I'))
      await this.out.flush()
    } finally {
      this.#isReading = false
    }
    await this.#read()
  }

  /** Cancels the running statement, as a client's cancel request does. */
  cancel(): void {
    this.#operation?.abort(new SqlError('57014', 'canceling statement due to user request'))
  }

  /** Ends the connection with an error. */
  end(reason: SqlError): void {
    this.#operation?.abort(reason)
    this.#socket.end(reportFrame({ ...reason.report, severity: 'FATAL' }))
  }

  /** Runs `work` as one operation, which can be cancelled; what was changed in the settings is reported. */
  async operate<T>(work: (operation: Operation) => Promise<T>, isExempt = false): Promise<T> {
    const operation = new Operation(this.state, this.rules.statementTimeout, isExempt)
    this.#operation = operation
    try {
      const result = await work(operation)
      if (this.state.settings.sql !== this.state.statusOf)
        for (const message of await refreshStatus(operation)) this.out.add(message)
      return result
    } catch (error) {
      throw operation.reasonFor(error)
    } finally {
      operation.end()
      this.#operation = undefined
      for (const message of this.state.notices.splice(0))
        this.out.add(reportFrame({ severity: 'NOTICE', state: '00000', message }))
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#isClosed) return
    this.#isReading = true
    try {
      for (let frame = this.#reader.next(); frame && !this.#isClosed; frame = this.#reader.next()) {
        await this.#answer(frame)
      }
      await this.out.flush()
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error
      this.end(new SqlError('08P01', error.message))
    } finally {
      this.#isReading = false
      this.#socket.resume()
    }
  }

  async #answer(frame: Frame): Promise<void> {
    const { type } = frame
    if (type === 'X') {
      this.#socket.end()
      return
    }
    if (type === 'S') {
      this.#isSkipping = false
      this.#implicit = undefined
      if (this.state.transaction === 'I') await this.state.closeOpen()
      this.out.add(readyForQuery(this.state.transaction))
      return this.out.flush()
    }
    if (this.#isSkipping || ['d', 'c', 'f'].includes(type)) return
    if (type === 'H') return this.out.flush()
    if (type === 'Q') return this.#simple(frame.body)
    // like a simple query: no Sync follows
    if (type === 'F') {
      await this.#fail(new SqlError('0A000', 'function calls of the protocol are not supported'))
      this.out.add(readyForQuery(this.state.transaction))
      return this.out.flush()
    }
    try {
      this.#beginImplicit()
      await this.#extended.answer(frame)
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error
      await this.#fail(error)
      this.#isSkipping = true
    }
  }

  async #simple(body: Buffer): Promise<void> {
    const sql = body.toString('utf8', 0, Math.max(0, body.length - 1))
    const pieces = split(sql)
    if (pieces.length === 0) this.out.add(EMPTY_QUERY)
    // a simple query uses them
    this.state.prepared.delete('')
    await this.state.closePortal('')
    this.#implicit = undefined
    for (const piece of pieces) {
      const begun = performance.now()
      let rows = 0
      this.#beginImplicit()
      try {
        await this.operate(
          async operation => {
            const statement = { text: piece.text, tokens: piece.tokens, types: [] }
            const answer = await run(statement, NO_BINDING, operation, this.rules.allowsChanges)
            rows = await this.#send(answer, operation)
          },
          routeOf(piece.tokens) === 'set',
        )
        this.done(piece.text, begun, rows)
      } catch (error) {
        if (error instanceof PostgresError) error.withPosition(charactersIn(sql.slice(0, piece.start)))
        this.done(piece.text, begun, rows, error)
        await this.#fail(error)
        break
      }
    }
    this.#implicit = undefined
    this.out.add(readyForQuery(this.state.transaction))
    await this.out.flush()
  }

  async #send(answer: Answer, operation: Operation): Promise<number> {
    const { fields, formats = [], copy, notices = [], tag } = answer
    for (const notice of notices) this.out.add(notice)
    if (copy) this.out.add(copy)
    else if (fields) this.out.add(rowDescription(fields, formatsOf(formats, fields.length)))
    const stream = new RowStream(answer)
    let count = 0
    try {
      for (let chunk = await stream.next(); chunk; chunk = await stream.next()) {
        count += chunk.count
        await this.out.addRows(chunk.bytes, operation.control.signal)
      }
    } finally {
      await stream.close()
    }
    if (copy) this.out.add(Buffer.from([0x63, 0, 0, 0, 4]))
    this.out.add(commandComplete(tag(count)))
    return count
  }

  /** Tells of a statement that has ended. */
  done(sql: string, begun: number, rows: number, error?: unknown): void {
    this.rules.onStatement?.({
      database: this.state.database.name,
      sql,
      ms: performance.now() - begun,
      rows,
      state: error === undefined ? undefined : reportOf(error).state,
      sent: error instanceof InterruptedChange ? error.sent : undefined,
    })
  }

  /** The settings before the first statement outside of a block: they and all up to Sync are one transaction. */
  #beginImplicit(): void {
    const { transaction, settings } = this.state
    if (transaction !== 'I') this.#implicit = undefined
    else this.#implicit ??= settings.save()
  }

  async #fail(error: unknown): Promise<void> {
    const { state } = this
    if (state.transaction === 'T') state.transaction = 'E'
    this.out.add(reportFrame(reportOf(error)))
    if (state.transaction === 'I' && this.#implicit) await this.#undo(this.#implicit)
  }

  /** Undoes changes of settings, and reports it. */
  async #undo(settings: SavedSettings): Promise<void> {
    const { state } = this
    state.settings.restore(settings)
    if (state.settings.sql === state.statusOf) return
    try {
      await this.operate(() => Promise.resolve(), true)
    } catch {
      // the next statement reports the settings
    }
  }

  async #closed(): Promise<void> {
    this.#isClosed = true
    this.#operation?.abort(new SqlError('08006', 'the client has closed the connection'))
    await this.state.closeOpen(true)
  }
}
