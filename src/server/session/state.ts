import type { RowStream } from '../run/answer.ts'
import type { Description } from '../run/analysis.ts'
import type { Database } from '../run/database.ts'
import type { Statement } from '../run/statement.ts'
import type { Binding } from '../wire/messages.ts'
import { Settings, type SavedSettings } from './settings.ts'
import type { Status } from './status.ts'

/** A query of DECLARE; its rows are made at the first FETCH, in the format of that FETCH. */
export interface Cursor {
  readonly statement: Statement
  readonly binding: Binding
  readonly description: Description
  readonly isHeld: boolean
  open?:
    { readonly stream: RowStream; readonly format: string; readonly control: AbortController } | undefined
}

/** A prepared statement. */
export interface Prepared {
  readonly statement: Statement
  description?: Description
  /** The settings that it was described with. */
  settings?: string
}

/** A bound statement. */
export interface Portal {
  readonly prepared: Prepared
  readonly binding: Binding
  stream?: RowStream
  control?: AbortController
  /** Milliseconds that Describe has taken, which evaluates the statement. */
  described?: number
  /** The messages that precede the rows have been sent. */
  isStarted?: boolean
}

/** What ROLLBACK TO goes back to. */
export interface Savepoint {
  readonly name: string
  readonly settings: SavedSettings
  readonly open: ReadonlySet<Cursor | Portal>
}

/** The state of a connection between messages. */
export class ConnectionState {
  readonly database: Database
  readonly user: string
  readonly settings = new Settings()
  status: Status | undefined
  /** The settings that the status is of. */
  statusOf = ''
  /** I: no transaction block. T: in one. E: in one that has failed. */
  transaction: 'I' | 'T' | 'E' = 'I'
  savepoints: Savepoint[] = []
  /** The cursors that were open when the transaction block began. */
  before: ReadonlySet<Cursor> = new Set()
  /** What the client is to be told with the next answer. */
  readonly notices: string[] = []
  readonly prepared = new Map<string, Prepared>()
  readonly portals = new Map<string, Portal>()
  readonly cursors = new Map<string, Cursor>()

  constructor(database: Database, user: string) {
    this.database = database
    this.user = user
  }

  /** Closes what ends with a transaction: portals, and cursors without HOLD. */
  async closeOpen(all = false): Promise<void> {
    for (const name of this.portals.keys()) await this.closePortal(name)
    for (const [name, cursor] of this.cursors) if (all || !cursor.isHeld) await this.closeCursor(name)
  }

  /** Open portals and cursors. */
  opened(): Set<Cursor | Portal> {
    return new Set([...this.portals.values(), ...this.cursors.values()])
  }

  /** Closes the portals and cursors that were opened later. */
  async closeSince(open: ReadonlySet<Cursor | Portal>): Promise<void> {
    for (const [name, portal] of this.portals) if (!open.has(portal)) await this.closePortal(name)
    for (const [name, cursor] of this.cursors) if (!open.has(cursor)) await this.closeCursor(name)
  }

  async closePortal(name: string): Promise<void> {
    const portal = this.portals.get(name)
    this.portals.delete(name)
    await portal?.stream?.close().catch(() => {})
  }

  async closeCursor(name: string): Promise<void> {
    const cursor = this.cursors.get(name)
    this.cursors.delete(name)
    await cursor?.open?.stream.close().catch(() => {})
  }
}
