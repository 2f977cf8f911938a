import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Database } from './run/database.ts'
import { Connection, type ConnectionRules } from './session/connection.ts'
import { refreshStatus } from './session/dispatch.ts'
import { Operation } from './session/operation.ts'
import { checkSetting } from './session/settings.ts'
import { ConnectionState } from './session/state.ts'
import { reportFrame, reportOf, SqlError } from './wire/errors.ts'
import { frame, int32 } from './wire/frames.ts'
import { arrive, type Access, type Arrival } from './wire/startup.ts'

export interface ServerOptions extends ConnectionRules {
  readonly databases: ReadonlyMap<string, Database>
  /** Of clients that name none. */
  readonly defaultDatabase: string
  readonly access: Access
  readonly maxConnections: number
}

/** Connections that may be starting at the same time. */
const MOST_STARTING = 100
/** Milliseconds after which a connection that is still starting may be closed in favour of a new one. */
const SHORT_START = 1000

/** What the server counts. */
export interface Meter {
  connections: number
  statements: number
  errors: number
  rows: number
}

/** Serves databases by the PostgreSQL protocol, version 3. */
export class PostgresServer {
  readonly #options: ServerOptions
  readonly #server: Server
  readonly #connections = new Map<number, { readonly key: number; readonly connection: Connection }>()
  readonly #sockets = new Set<Socket>()
  /** When each connection that has not started came, the oldest first. */
  readonly #starting = new Map<Socket, number>()
  readonly meter: Meter = { connections: 0, statements: 0, errors: 0, rows: 0 }
  #entering = 0
  #nextPid = 1

  constructor(options: ServerOptions) {
    this.#options = {
      ...options,
      onStatement: done => {
        this.meter.statements++
        this.meter.rows += done.rows
        if (done.state !== undefined) this.meter.errors++
        options.onStatement?.(done)
      },
    }
    this.#server = createServer({ noDelay: true }, socket => void this.#accept(socket))
  }

  /** Resolves with the port. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        this.#server.off('error', reject).on('error', () => {})
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => {
      this.#server.close(resolve)
    })
    for (const { connection } of this.#connections.values())
      connection.end(new SqlError('57P01', 'terminating connection due to administrator command'))
    await Promise.all([...this.#options.databases.values()].map(({ evaluators }) => evaluators.close()))
    setTimeout(() => this.#sockets.forEach(socket => socket.destroy()), 200).unref()
    await closed
    await Promise.all([...this.#options.databases.values()].map(database => database.close()))
  }

  async #accept(socket: Socket): Promise<void> {
    if (!this.#hasRoom()) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    this.#starting.set(socket, performance.now())
    const forget = (): void => {
      this.#sockets.delete(socket)
      this.#starting.delete(socket)
    }
    socket.on('close', forget).on('error', () => socket.destroy())
    const arrival = await arrive(socket, this.#options.access, parameters => this.#databaseOf(parameters))
    this.#starting.delete(socket)
    if (!arrival) return
    if (arrival.kind === 'cancel') {
      const found = this.#connections.get(arrival.pid)
      if (found?.key === arrival.key) found.connection.cancel()
      socket.end()
      return
    }
    await this.#enter(arrival)
  }

  /** Whether another connection may start: one that stalls is ended for it. */
  #hasRoom(): boolean {
    if (this.#starting.size < MOST_STARTING) return true
    const [[oldest, since]] = [...this.#starting] as [[Socket, number]]
    if (performance.now() - since < SHORT_START) return false
    this.#starting.delete(oldest)
    oldest.destroy()
    return true
  }

  #databaseOf(parameters: ReadonlyMap<string, string>): Database {
    const { databases, defaultDatabase } = this.#options
    const user = parameters.get('user')
    const asked = parameters.get('database') ?? user ?? ''
    const database = databases.get(asked) ?? (asked === user ? databases.get(defaultDatabase) : undefined)
    if (parameters.has('replication') && parameters.get('replication') !== 'false')
      throw new SqlError('0A000', 'replication is not supported')
    if (!database)
      throw new SqlError('3D000', `database "${asked}" does not exist`, {
        hint: `databases: ${[...databases.keys()].join(', ')}`,
      })
    return database
  }

  async #enter({ socket, reader, parameters }: Extract<Arrival, { kind: 'client' }>): Promise<void> {
    const { maxConnections } = this.#options
    const refuse = (error: unknown): void => {
      socket.end(reportFrame({ ...reportOf(error), severity: 'FATAL' }))
    }
    if (this.#connections.size + this.#entering >= maxConnections)
      return refuse(new SqlError('53300', 'sorry, too many clients already'))
    this.#entering++
    try {
      const state = new ConnectionState(this.#databaseOf(parameters), parameters.get('user') ?? '')
      assignParameters(state, parameters)
      const operation = new Operation(state, this.#options.statementTimeout)
      const greeting = await refreshStatus(operation).finally(() => operation.end())
      const pid = this.#nextPid++
      const key = randomBytes(4).readInt32BE()
      const connection = new Connection(socket, reader, state, this.#options)
      this.#connections.set(pid, { key, connection })
      this.meter.connections = this.#connections.size
      socket.on('close', () => {
        this.#connections.delete(pid)
        this.meter.connections = this.#connections.size
      })
      await connection.start([...greeting, frame('K', int32(pid), int32(key))])
    } catch (error) {
      refuse(error)
    } finally {
      this.#entering--
    }
  }
}

/** Parameters of a start that are no settings. */
const NO_SETTINGS = new Set(['user', 'database', 'replication', 'options'])

function assignParameters({ settings }: ConnectionState, parameters: ReadonlyMap<string, string>): void {
  const given = [...parameters, ...optionsIn(parameters.get('options') ?? '')]
  for (const [name, value] of given) {
    if (NO_SETTINGS.has(name)) continue
    checkSetting(name, value)
    settings.assign(name, value)
  }
}

/** `-c name=value` and `--name=value`; a backslash keeps a space. */
function optionsIn(text: string): [string, string][] {
  const words = (text.match(/(?:\\.|[^\s\\])+/g) ?? []).map(w => w.replaceAll(/\\(.)/g, '$1'))
  return words.flatMap((word, i) => {
    const pair = word === '-c' ? words[i + 1] : /^(?:-c|--)(.+)/.exec(word)?.[1]
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(pair ?? '') ?? []
    return name === undefined ? [] : [[name.replaceAll('-', '_'), value] as [string, string]]
  })
}
