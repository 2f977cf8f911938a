import { ConfluentqlError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { allAt, at, mapTexts, mergeObjects } from './json.ts'
import { filledObject } from './document.ts'
import { daysBetween, movedText } from './days.ts'
import { randomFrom, type Random } from './random.ts'
import { locatedText, type Sites } from './sites.ts'
import { addSeconds, fill, fillString, milliseconds, withNames, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject, Pick, SandboxData, SeedRow, Where } from './types.ts'

export interface Row {
  /** Increases with each new row. Paging uses it, so that rows added or removed between two pages do not shift others. */
  readonly seq: number
  readonly keys: Readonly<Record<string, string>>
  /** Name of its server; absent: the default server. */
  readonly site?: string | undefined
  /** How often it was read, for a row created in the sandbox. */
  readonly reads?: number
  readonly doc: JsonObject
}

/** A row before it is added. */
export type NewRow = Omit<Row, 'seq'>

/** The rows of a running sandbox, its clock and its source of ids. Documents are replaced, never modified, so the data stays unchanged. */
export class State {
  readonly data: SandboxData
  readonly sites: Sites
  readonly clock: Clock
  /** Issued bearer tokens. */
  readonly tokens = new Set<string>()
  /** Created keys, by id. */
  private readonly keys = new Map<
    string,
    { readonly password: string; readonly opens: string; readonly from: string; left: number }
  >()
  private readonly tables = new Map<string, Row[]>()
  private readonly random: Random = randomFrom(0x5ab0)
  private seq = 0

  constructor(data: SandboxData, sites: Sites, clock: Clock) {
    this.data = data
    this.sites = sites
    this.clock = clock
  }

  behaviour(resource: string): Behaviour & { readonly rows: readonly SeedRow[] } {
    const found = this.data.resources[resource]
    if (found === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: no resource ${resource}`)
    return found
  }

  rows(resource: string): readonly Row[] {
    return this.table(resource)
  }

  add(resource: string, row: NewRow): Row {
    const table = this.table(resource)
    const added = { ...row, seq: ++this.seq }
    table.push(added)
    return added
  }

  replace(resource: string, row: Row, doc: JsonObject): Row {
    return this.put(resource, { ...row, doc })
  }

  /** Counts a read of a row with phases, and returns the row in its new phase; undefined for any other row. */
  read(resource: string, { seq }: Row): Row | undefined {
    const { phases } = this.behaviour(resource)
    const row = phases && this.table(resource).find(other => other.seq === seq)
    if (phases === undefined || row?.reads === undefined) return undefined
    const reads = row.reads + 1
    const due = phases.find(({ after }) => after + 1 === reads)
    const scope = this.scope(false, { doc: row.doc, id: row.doc.id ?? null }, row.site)
    const given = mergeObjects(filledObject(due?.defaults, scope), row.doc)
    const inner = withNames(scope, { doc: given })
    return this.put(resource, { ...row, reads, doc: mergeObjects(given, filledObject(due?.set, inner)) })
  }

  remove(resource: string, row: Row): void {
    const table = this.table(resource)
    const index = table.findIndex(({ seq }) => seq === row.seq)
    if (index >= 0) table.splice(index, 1)
    if (this.behaviour(resource).key !== undefined) this.keys.delete(String(row.doc.id))
  }

  /** Registers a row that is a key; `doc` in the scope is the answer to its creation. */
  registerKey(resource: string, scope: Scope): void {
    const { key } = this.behaviour(resource)
    if (key === undefined) return
    const [password, opens] = [fillString(key.password, scope), fillString(key.opens, scope)]
    const from = addSeconds(this.clock.now(false), key.after.seconds)
    this.keys.set(fillString('{doc.id}', scope), { password, opens, from, left: key.after.refusals })
  }

  /** Whether a created key is valid for the server `name`, and already accepted there. */
  opens(user: string, password: string, name: string): boolean {
    const key = this.keys.get(user)
    if (key?.password !== password || key.opens !== name) return false
    return key.left-- <= 0 || this.clock.now(false) >= key.from
  }

  /**
   * The rows that a pick selects, in order; undefined if it refers to a missing value.
   * A server sees its own rows and those without a server.
   */
  find(pick: Pick, scope: Scope): readonly Row[] | undefined {
    const wanted = wantedValues(pick.where, scope)
    const seen = ({ site }: Row) => scope.site === undefined || site === undefined || site === scope.site
    return wanted === undefined
      ? undefined
      : this.table(pick.in).filter(row => seen(row) && hasValues(row, wanted))
  }

  /** Whether a row has the values of a `where`. */
  matches(row: Row, where: Where, scope: Scope): boolean {
    const wanted = wantedValues(where, scope)
    return wanted !== undefined && hasValues(row, wanted)
  }

  /** The scope of a request to a server, with the time of the clock. */
  scope(changes: boolean, names: JsonObject, site?: string): Scope {
    const now = this.clock.now(changes)
    const all = {
      ...this.data.vars,
      now,
      now_ms: milliseconds(now),
      sites: this.sites.urls(),
      ...(site === undefined ? {} : { site }),
      ...names,
    }
    const rowOf = (resource: string, id: string): JsonObject | undefined =>
      this.table(resource).find(({ doc }) => doc.id === id)?.doc
    return { names: all, references: this.data.references, rowOf, random: this.random, site }
  }

  private put(resource: string, row: Row): Row {
    const table = this.table(resource)
    const index = table.findIndex(({ seq }) => seq === row.seq)
    if (index >= 0) table[index] = row
    return row
  }

  private table(resource: string): Row[] {
    const known = this.tables.get(resource)
    if (known !== undefined) return known
    const table = this.seeded(resource).map((row, index): Row => ({ ...row, seq: index + 1 }))
    this.seq = Math.max(this.seq, table.length)
    this.tables.set(resource, table)
    return table
  }

  /** The initial rows, with their times moved to the day on which the sandbox starts. */
  private seeded(resource: string): readonly NewRow[] {
    const { rows, weekly } = this.behaviour(resource)
    const urls = this.sites.urls()
    const { day } = this.clock
    const days = daysBetween(this.data.now, day)
    const shift = weekly === undefined ? days : Math.floor(days / 7) * 7
    const all = rows.map(({ keys, site, doc }): NewRow => {
      return { keys: keys ?? {}, site, doc: mapTexts(doc, text => movedText(locatedText(text, urls), shift)) }
    })
    return weekly === undefined ? all : all.filter(({ doc }) => String(at(doc, weekly)) < day)
  }
}

type Wanted = readonly (readonly [path: string, values: readonly Json[]])[]

function wantedValues(where: Where, scope: Scope): Wanted | undefined {
  const wanted: [string, readonly Json[]][] = []
  for (const [path, template] of Object.entries(where)) {
    const value = fill(template, scope)
    if (value === undefined) return undefined
    wanted.push([path, Array.isArray(value) ? (value as readonly Json[]) : [value]])
  }
  return wanted
}

function hasValues({ doc, keys, site }: Row, wanted: Wanted): boolean {
  const row = { ...doc, ...keys, ...(site === undefined ? {} : { $site: site }) }
  return wanted.every(([path, values]) => allAt(row, path).some(value => values.includes(value)))
}
