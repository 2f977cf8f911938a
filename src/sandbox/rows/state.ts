import { ConfluentqlError } from '../../errors.ts'
import type { Clock } from './clock.ts'
import { allAt, at, mapTexts, mergeObjects } from './json.ts'
import { filledObject } from './document.ts'
import { daysBetween, isDay, movedText } from './days.ts'
import { randomFrom, type Random } from './random.ts'
import { PartTables, type SeedRow } from './parts.ts'
import { locatedText, type Sites } from './sites.ts'
import { addSeconds, fill, fillString, milliseconds, withNames, type Scope } from './template.ts'
import type { Json, JsonObject, Pick, SandboxData, Where } from '../types.ts'

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

/** Rows of a day are numbered after those of earlier days. */
const FIRST_DAY = '1970-01-01'
const MOST_A_DAY = 100_000

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
  private readonly parts = new PartTables()
  private readonly random: Random = randomFrom(0x5ab0)
  private seq = 0

  constructor(data: SandboxData, sites: Sites, clock: Clock) {
    this.data = data
    this.sites = sites
    this.clock = clock
  }

  behaviour(resource: string): SandboxData['resources'][string] {
    const found = this.data.resources[resource]
    if (found === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: no resource ${resource}`)
    return found
  }

  /** All rows of a resource that has no parts. */
  rows(resource: string): readonly Row[] {
    return this.table(resource)
  }

  /** The rows on a server; without a name: on the server that has none. */
  rowsAt(resource: string, site: string | undefined): readonly Row[] {
    if (this.behaviour(resource).parts !== undefined) return this.partsOf(resource, [site ?? ''])
    return this.table(resource).filter(row => row.site === site)
  }

  /** The rows of some parts; all rows of a resource that has none. */
  partsOf(resource: string, parts: readonly string[]): readonly Row[] {
    const { parts: made } = this.behaviour(resource)
    if (made === undefined) return this.table(resource)
    return parts.flatMap(part => this.part(resource, part))
  }

  add(resource: string, row: NewRow): Row {
    const table = this.tableOf(resource, row.site)
    const added = { ...row, seq: ++this.seq }
    table.push(added)
    return added
  }

  replace(resource: string, row: Row, doc: JsonObject): Row {
    return this.put(resource, { ...row, doc })
  }

  /** Counts a read of a row with phases, and returns the row in its new phase; undefined for any other row. */
  read(resource: string, { seq, site }: Row): Row | undefined {
    const { phases } = this.behaviour(resource)
    const row = phases && this.tableOf(resource, site).find(other => other.seq === seq)
    if (phases === undefined || row?.reads === undefined) return undefined
    const reads = row.reads + 1
    const due = phases.find(({ after }) => after + 1 === reads)
    const scope = this.scope(false, { doc: row.doc, id: row.doc.id ?? null }, row.site)
    const given = mergeObjects(filledObject(due?.defaults, scope), row.doc)
    const inner = withNames(scope, { doc: given })
    return this.put(resource, { ...row, reads, doc: mergeObjects(given, filledObject(due?.set, inner)) })
  }

  remove(resource: string, row: Row): void {
    const table = this.tableOf(resource, row.site)
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
    if (wanted === undefined) return undefined
    const site = wanted.find(([path]) => path === '$site')?.[1][0] ?? scope.site
    const seen = (row: Row) => scope.site === undefined || row.site === undefined || row.site === scope.site
    return this.partsOf(pick.in, [String(site ?? '')]).filter(row => seen(row) && hasValues(row, wanted))
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
    const table = this.tableOf(resource, row.site)
    const index = table.findIndex(({ seq }) => seq === row.seq)
    if (index >= 0) table[index] = row
    return row
  }

  /** The table of the rows on a server, to change it. */
  private tableOf(resource: string, site: string | undefined): Row[] {
    if (this.behaviour(resource).parts === undefined) return this.table(resource)
    const table = this.part(resource, site ?? '')
    this.parts.change(resource, site ?? '')
    return table
  }

  private part(resource: string, part: string): Row[] {
    return this.parts.rows(resource, part, () => {
      const { parts, weekly } = this.behaviour(resource)
      const made = weekly === undefined ? part : String(movedText(part, -this.shift(weekly)))
      const before = isDay(part) ? daysBetween(FIRST_DAY, part) * MOST_A_DAY : 0
      return this.numbered(this.seeded(parts?.rows(made) ?? [], weekly), before)
    })
  }

  private table(resource: string): Row[] {
    const known = this.tables.get(resource)
    if (known !== undefined) return known
    const { rows, weekly } = this.behaviour(resource)
    const table = this.numbered(this.seeded(rows, weekly), 0)
    this.tables.set(resource, table)
    return table
  }

  private numbered(rows: readonly NewRow[], before: number): Row[] {
    this.seq = Math.max(this.seq, before + rows.length)
    return rows.map((row, index) => ({ ...row, seq: before + index + 1 }))
  }

  /** By how many days the times of initial rows are moved. */
  private shift(weekly: string | undefined): number {
    const days = daysBetween(this.data.now, this.clock.day)
    return weekly === undefined ? days : Math.floor(days / 7) * 7
  }

  /** The initial rows, with their times moved to the day on which the sandbox starts. */
  private seeded(rows: readonly SeedRow[], weekly: string | undefined): readonly NewRow[] {
    const urls = this.sites.urls()
    const { day } = this.clock
    const shift = this.shift(weekly)
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
