import { pathSteps } from '../../catalog/json-path.ts'
import type { Column, ColumnType, RowsAt, Shape } from '../../catalog/types.ts'
import { fieldType } from './columns.ts'
import { Elements, KIND, kindByLength, LONG_INTEGER } from './jsonb.ts'
import { prefixOf } from './row-sql.ts'

const bits = (...kinds: readonly number[]): number => kinds.reduce((sum, kind) => sum | (1 << kind), 0)

const TEXTS = bits(KIND.null, KIND.text, KIND.escaped, KIND.raw)
/** The kinds of element that need no conversion, as bits. An object or an array in a text column is its JSON text. */
const ACCEPTED: Readonly<Record<ColumnType, number>> = {
  string: TEXTS | bits(KIND.object, KIND.array),
  timestamp: TEXTS,
  integer: bits(KIND.null, KIND.integer, LONG_INTEGER),
  number: bits(KIND.null, KIND.integer, KIND.real),
  boolean: bits(KIND.null, KIND.true, KIND.false),
  object: bits(KIND.null, KIND.object),
  array: bits(KIND.null, KIND.array),
}
const ANY = 0xffff

/** Stands for all names of this length or longer. */
export const LONG_NAME = 31

/** The most names of members that are cached: an object with more is a map. */
const MAX_NAMES = 100

interface Known {
  readonly kind: number
  readonly bytes: Buffer
  readonly value: Expected | undefined
}

/** What is expected at a place of an answer. */
export class Expected {
  type: ColumnType | undefined
  /** The kinds of element that it may be, as bits. */
  accepts = ANY
  /** The column, or the path of the field in it. */
  name = ''
  /** Elements of an array, or members of an object whatever their names. */
  every: Expected | undefined
  /** A column is here, rather than a field in one. */
  isColumn = false
  readonly fields = new Map<string, Expected>()
  readonly #known: Known[] = []
  #next = 0
  #suspects: Int32Array | undefined

  field(name: string): Expected {
    const field = this.fields.get(name) ?? new Expected()
    this.fields.set(name, field)
    return field
  }

  all(): Expected {
    return (this.every ??= new Expected())
  }

  expectColumn(column: Column): void {
    this.isColumn = true
    this.expect(column, column.name)
  }

  /** Expects a shape here. If two columns declare different types for a place, its values are not converted. */
  expect(shape: Shape, name: string): void {
    this.type = this.name === '' || this.type === shape.type ? shape.type : undefined
    this.name = name
    this.accepts = this.type === undefined ? ANY : ACCEPTED[this.type]
    for (const [member, inner] of Object.entries(shape.fields ?? {}))
      this.field(member).expect(inner, `${name}.${member}`)
    if (shape.items) this.all().expect(shape.items, `${name}[]`)
  }

  /** Whether a value of a kind, with a payload of a length, needs no conversion. What is in it may. */
  takes(kind: number, length: number): boolean {
    return ((this.accepts >> kindByLength(kind, length)) & 1) !== 0
  }

  /** By kind of a member's value, as bits: the lengths of the names whose members may need a conversion. */
  suspects(): Int32Array {
    if (this.#suspects) return this.#suspects
    const found = new Int32Array(16).fill(this.every ? -1 : 0)
    for (const [name, member] of this.fields) {
      const length = 1 << Math.min(Buffer.byteLength(name), LONG_NAME)
      for (let kind = 0; kind < 16; kind++)
        if (((member.accepts >> kind) & 1) === 0 || member.#hasInside(kind)) found[kind]! |= length
    }
    return (this.#suspects = found)
  }

  /** Whether something is expected inside a value of a kind. */
  #hasInside(kind: number): boolean {
    return (
      (kind === KIND.object && this.fields.size > 0)
      || ((kind === KIND.object || kind === KIND.array) && this.every !== undefined)
    )
  }

  /** What is expected of the member whose name was read. The search begins after the last one found: objects mostly have one order of members. */
  member(name: Elements): Expected | undefined {
    if (this.fields.size === 0) return this.every
    const known = this.#known
    const count = known.length
    for (let i = 0; i < count; i++) {
      const at = this.#next + i < count ? this.#next + i : this.#next + i - count
      if (!isSame(known[at]!, name)) continue
      this.#next = at + 1
      return known[at]!.value
    }
    const value = this.fields.get(name.text()) ?? this.every
    if (count < MAX_NAMES)
      known.push({ kind: name.kind, bytes: Buffer.from(name.bytes.subarray(name.from, name.to)), value })
    return value
  }
}

function isSame({ kind, bytes }: Known, name: Elements): boolean {
  const { length } = bytes
  if (length !== name.to - name.from || kind !== name.kind) return false
  for (let i = 0; i < length; i++) if (bytes[i] !== name.bytes[name.from + i]) return false
  return true
}

/** What is expected of an answer with such rows: the types of columns, and of the fields in them. */
export function expectedOf(rows: RowsAt, columns: readonly Column[], groups: readonly string[]): Expected {
  const root = new Expected()
  const row = rowExpected(root, rows)
  for (const column of columns) {
    const { name, at, orAt, isInput } = column
    const prefix = prefixOf(column)
    if (prefix !== undefined)
      for (const group of groups.filter(g => g.startsWith(prefix))) {
        const path = group.slice(prefix.length)
        row.field(group).expect({ type: fieldType(column, path.split('.')) }, `${name}.${path}`)
      }
    else if (at === '#member') row.all().expectColumn(column)
    else if (at !== '#key' && (at !== undefined || !isInput))
      for (const place of [at ?? `$.${JSON.stringify(name)}`, ...(orAt === undefined ? [] : [orAt])])
        below(row, place).expectColumn(column)
  }
  return root
}

/** What is expected of a row. */
export function rowExpected(root: Expected, { at, kind }: RowsAt): Expected {
  const container = below(root, at)
  return kind === 'one' ? container : container.all()
}

function below(from: Expected, path: string): Expected {
  return pathSteps(path).reduce<Expected>(
    (at, step) => (step === 'all' ? at.all() : at.field(step.name)),
    from,
  )
}
