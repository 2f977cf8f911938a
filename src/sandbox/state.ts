import { ConfluentqlError } from '../errors.ts'
import { allAt } from './json.ts'
import { randomFrom, type Random } from './random.ts'
import { addSeconds, fill, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject, Pick, SandboxData, Where } from './types.ts'

export interface Row {
  /** Grows with each row made; pages are cut by it, so that rows that come or go between two pages move none. */
  readonly seq: number
  readonly keys: Readonly<Record<string, string>>
  readonly doc: JsonObject
}

/** The rows of a running sandbox, its clock and its source of ids. Documents are replaced, never changed: the data stays as it was. */
export class State {
  readonly data: SandboxData
  private readonly tables: ReadonlyMap<string, Row[]>
  private readonly random: Random
  private seq = 0
  private changes = 0

  constructor(data: SandboxData) {
    this.data = data
    this.random = randomFrom(0x5ab0)
    this.tables = new Map(
      Object.entries(data.resources).map(([name, { rows }]) => [
        name,
        rows.map(({ keys, doc }) => ({ seq: ++this.seq, keys: keys ?? {}, doc })),
      ]),
    )
  }

  behaviour(resource: string): Behaviour {
    const found = this.data.resources[resource]
    if (found === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: no resource ${resource}`)
    return found
  }

  rows(resource: string): readonly Row[] {
    return this.table(resource)
  }

  add(resource: string, keys: Readonly<Record<string, string>>, doc: JsonObject): Row {
    const row = { seq: ++this.seq, keys, doc }
    this.table(resource).push(row)
    return row
  }

  replace(resource: string, row: Row, doc: JsonObject): Row {
    const table = this.table(resource)
    const replaced = { ...row, doc }
    table[table.findIndex(({ seq }) => seq === row.seq)] = replaced
    return replaced
  }

  remove(resource: string, row: Row): void {
    const table = this.table(resource)
    const index = table.findIndex(({ seq }) => seq === row.seq)
    if (index >= 0) table.splice(index, 1)
  }

  /** Rows that a pick of the data means, in order; undefined if it names a value that is not there. */
  find(pick: Pick, scope: Scope): readonly Row[] | undefined {
    const wanted = wantedValues(pick.where, scope)
    return wanted === undefined ? undefined : this.table(pick.in).filter((row) => hasValues(row, wanted))
  }

  /** Whether a row has the values of a `where`. */
  matches(row: Row, where: Where, scope: Scope): boolean {
    const wanted = wantedValues(where, scope)
    return wanted !== undefined && hasValues(row, wanted)
  }

  /** The scope of a request. A change takes the next second of the clock. */
  scope(changes: boolean, names: JsonObject): Scope {
    if (changes) this.changes++
    const now = addSeconds(this.data.now, this.changes)
    return { names: { ...this.data.vars, now, ...names }, references: this.data.references, random: this.random }
  }

  private table(resource: string): Row[] {
    const table = this.tables.get(resource)
    if (table === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: no resource ${resource}`)
    return table
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

function hasValues(row: Row, wanted: Wanted): boolean {
  return wanted.every(([path, values]) => allAt({ ...row.doc, ...row.keys }, path).some((value) => values.includes(value)))
}
