import type { Description } from '../run/analysis.ts'
import { RowStream } from '../run/answer.ts'
import { split } from '../sql/lexer.ts'
import { Fields, type Frame, ProtocolViolation } from '../wire/frames.ts'
import { SqlError } from '../wire/errors.ts'
import {
  type Binding,
  BIND_COMPLETE,
  CLOSE_COMPLETE,
  commandComplete,
  COPY_DONE,
  EMPTY_QUERY,
  formatsOf,
  NO_DATA,
  parameterDescription,
  PARSE_COMPLETE,
  readBind,
  rowDescription,
  SUSPENDED,
} from '../wire/messages.ts'
import { blockFailed, describeStatement, run, unsupported } from './dispatch.ts'
import type { Operation } from './operation.ts'
import type { Outbox } from './outbox.ts'
import { routeOf } from './route.ts'
import type { Statement } from '../run/statement.ts'
import type { ConnectionState, Portal, Prepared } from './state.ts'

/** The connection that the messages come from. */
export interface ExtendedHost {
  readonly state: ConnectionState
  readonly out: Outbox
  readonly rules: { readonly allowsChanges: boolean }
  operate<T>(work: (operation: Operation) => Promise<T>, isExempt?: boolean): Promise<T>
  done(sql: string, begun: number, rows: number, error?: unknown): void
}

/** Parse, Bind, Describe, Execute, Close. Errors are thrown: the client's messages are then skipped until Sync. */
export class ExtendedProtocol {
  readonly #connection: ExtendedHost

  constructor(connection: ExtendedHost) {
    this.#connection = connection
  }

  async answer({ type, body }: Frame): Promise<void> {
    const { out } = this.#connection
    switch (type) {
      case 'P':
        this.#parse(body)
        return out.add(PARSE_COMPLETE)
      case 'B':
        await this.#bind(body)
        return out.add(BIND_COMPLETE)
      case 'D':
        return this.#describe(body)
      case 'E':
        return this.#execute(body)
      case 'C':
        await this.#close(body)
        return out.add(CLOSE_COMPLETE)
      default:
        throw new ProtocolViolation(`invalid frontend message type ${JSON.stringify(type)}`)
    }
  }

  #parse(body: Buffer): void {
    const { state } = this.#connection
    const fields = new Fields(body)
    const name = fields.text()
    const sql = fields.text()
    const types = Array.from({ length: fields.count() }, () => fields.int32() >>> 0)
    // a failure leaves no unnamed statement: Bind must not find the one before
    if (name === '') state.prepared.delete('')
    const [piece, second] = split(sql)
    if (second) throw new SqlError('42601', 'cannot insert multiple commands into a prepared statement')
    if (name !== '' && state.prepared.has(name))
      throw new SqlError('42P05', `prepared statement "${name}" already exists`)
    const statement = { text: piece?.text ?? '', tokens: piece?.tokens ?? [], types }
    this.#checkBlock(statement)
    if (piece && routeOf(piece.tokens) === 'refused') throw unsupported(statement)
    state.prepared.set(name, { statement })
  }

  /** @throws SqlError in a transaction block that has failed, unless the statement ends it */
  #checkBlock({ tokens }: Statement): void {
    const { transaction } = this.#connection.state
    if (transaction === 'E' && tokens.length > 0 && !['commit', 'rollback'].includes(routeOf(tokens)))
      throw blockFailed()
  }

  async #bind(body: Buffer): Promise<void> {
    const { state } = this.#connection
    const { portal, statement, binding } = readBind(body)
    const prepared = this.#preparedOf(statement)
    this.#checkBlock(prepared.statement)
    if (portal !== '' && state.portals.has(portal))
      throw new SqlError('42P03', `portal "${portal}" already exists`)
    await state.closePortal(portal)
    state.portals.set(portal, { prepared, binding })
  }

  async #describe(body: Buffer): Promise<void> {
    const fields = new Fields(body)
    const kind = fields.byte()
    const name = fields.text()
    const { out } = this.#connection
    if (kind === 'S') {
      const prepared = this.#preparedOf(name)
      this.#checkBlock(prepared.statement)
      const { types, fields: columns } = await this.#description(prepared)
      out.add(parameterDescription(types))
      out.add(columns ? rowDescription(columns, []) : NO_DATA)
      return
    }
    const cursor = this.#connection.state.cursors.get(name)
    if (cursor) {
      const columns = cursor.description.fields!
      out.add(rowDescription(columns, formatsOf(cursor.binding.resultFormats, columns.length)))
      return
    }
    const portal = this.#portalOf(name)
    const { statement } = portal.prepared
    this.#checkBlock(statement)
    const isRun = routeOf(statement.tokens) === 'postgres'
    // it is evaluated now, since Postgres describes what it evaluates
    if (isRun) await this.#evaluateNow(portal)
    const columns = isRun
      ? portal.stream!.answer.copy
        ? undefined
        : portal.stream!.answer.fields
      : (await this.#description(portal.prepared, portal.binding)).fields
    out.add(
      columns ? rowDescription(columns, formatsOf(portal.binding.resultFormats, columns.length)) : NO_DATA,
    )
  }

  async #description(prepared: Prepared, binding?: Binding): Promise<Description> {
    const { state } = this.#connection
    if (prepared.statement.tokens.length === 0) return { types: [], fields: undefined }
    if (!prepared.description || prepared.settings !== state.settings.sql) {
      prepared.description = await this.#connection.operate(o =>
        describeStatement(prepared.statement, binding, o),
      )
      prepared.settings = state.settings.sql
    }
    return prepared.description
  }

  async #evaluateNow(portal: Portal): Promise<void> {
    const begun = performance.now()
    try {
      await this.#connection.operate(operation => this.#open(portal, operation))
    } catch (error) {
      this.#connection.done(portal.prepared.statement.text, begun, 0, error)
      throw error
    }
    portal.described = performance.now() - begun
  }

  async #open(portal: Portal, operation: Operation): Promise<void> {
    if (portal.stream) return
    const { statement } = portal.prepared
    const answer = await run(statement, portal.binding, operation, this.#connection.rules.allowsChanges)
    portal.stream = new RowStream(answer)
    portal.control = operation.control
  }

  async #execute(body: Buffer): Promise<void> {
    const fields = new Fields(body)
    const name = fields.text()
    const most = fields.int32()
    const portal = this.#portalOf(name)
    const { statement } = portal.prepared
    const { out } = this.#connection
    if (statement.tokens.length === 0) return out.add(EMPTY_QUERY)
    this.#checkBlock(statement)
    const { answer } = portal.stream ?? {}
    if (portal.isStarted && (!answer?.fields || answer.copy))
      throw new SqlError('55000', `portal "${name}" cannot be run`)
    const begun = performance.now() - (portal.described ?? 0)
    delete portal.described
    let count = 0
    try {
      await this.#connection.operate(
        async operation => {
          await this.#open(portal, operation)
          count = await this.#rows(portal, most > 0 ? most : Infinity, operation)
        },
        routeOf(statement.tokens) === 'set',
      )
      this.#connection.done(statement.text, begun, count)
    } catch (error) {
      this.#connection.done(statement.text, begun, count, error)
      throw error
    }
  }

  async #rows(portal: Portal, most: number, operation: Operation): Promise<number> {
    const { out } = this.#connection
    const stream = portal.stream!
    const { answer } = stream
    if (!portal.isStarted) {
      for (const notice of answer.notices ?? []) out.add(notice)
      if (answer.copy) out.add(answer.copy)
      portal.isStarted = true
    }
    const limit = answer.copy ? Infinity : most
    let count = 0
    while (count < limit) {
      const chunk = await operation.follow(portal.control!, stream.next(limit - count))
      if (!chunk) break
      count += chunk.count
      await out.addRows(chunk.bytes, operation.control.signal)
    }
    // as Postgres, whether or not there are more
    if (count === limit) {
      out.add(SUSPENDED)
      return count
    }
    if (answer.copy) out.add(COPY_DONE)
    out.add(commandComplete(answer.tag(count)))
    return count
  }

  async #close(body: Buffer): Promise<void> {
    const { state } = this.#connection
    const fields = new Fields(body)
    const kind = fields.byte()
    const name = fields.text()
    if (kind === 'S') state.prepared.delete(name)
    else await state.closePortal(name)
  }

  #preparedOf(name: string): Prepared {
    const found = this.#connection.state.prepared.get(name)
    if (!found) throw new SqlError('26000', `prepared statement "${name}" does not exist`)
    return found
  }

  #portalOf(name: string): Portal {
    const found = this.#connection.state.portals.get(name)
    if (!found) throw new SqlError('34000', `portal "${name}" does not exist`)
    return found
  }
}
