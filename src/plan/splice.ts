import type { Value } from '../catalog/types.ts'
import type { Range, Source } from '../sql/query.ts'

/** A replacement; a function is called when the text is rendered. */
type Replacement = string | (() => string)

interface Splice {
  readonly to: number
  readonly text: Replacement
  tail: string
}

/** Texts around a range. */
interface Wrap {
  readonly range: Range
  readonly before: Replacement
  readonly after: string
  /** It is for whole queries: it names a result column, or uses a key that FROM has. */
  readonly isOfQuery: boolean
}

/** Quotes a name for SQLite. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a text for SQLite. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  // SQL ends at NUL
  return text.includes('\0') ? `(${quoted.replaceAll('\0', `' || char(0) || '`)})` : quoted
}

/** SQL of a column, or of a field at a path in it. */
export function columnText(alias: string, column: string, path: readonly string[]): string {
  const name = `${quote(alias)}.${quote(column)}`
  return path.length === 0 ? name : fieldText(name, path)
}

/** SQL of a field at a path in an object. */
export function fieldText(object: string, path: readonly string[]): string {
  return `(${object} ->> ${literal(jsonPath(path))})`
}

/** SQL around a field of unknown type that makes a text of it: of a number or boolean its JSON, as `->>` gives it in Postgres. */
export function aroundField(object: string, path: string): readonly [before: string, after: string] {
  // an index is only for a text that CAST gives
  return [
    `CAST(iif(typeof(${object} ->> ${path}) IN ('integer', 'real'), ${object} -> ${path}, `,
    ') AS TEXT)',
  ]
}

/**
 * SQL of a field of type number. Its values are REAL, as those of a column: SQLite divides integers without a remainder. What
 * a REAL does not hold exactly is unchanged.
 */
export function numberText(field: string): string {
  return `iif(typeof(${field}) = 'integer' AND CAST(${field} AS REAL) = ${field}, CAST(${field} AS REAL), ${field})`
}

/** A path for SQLite's JSON functions; keys that are not words are quoted as in JSON. */
export function jsonPath(keys: readonly string[]): string {
  return `$${keys.map(k => (/^\w+$/.test(k) ? `.${k}` : `.${JSON.stringify(k)}`)).join('')}`
}

/** A value as an SQL literal. */
export function valueText(value: Value): string {
  return typeof value === 'string' ? literal(value) : value === null ? 'NULL' : String(value)
}

/**
 * Replacements of token ranges, by source. Ranges do not overlap. A second set of them applies only to expressions that move to
 * another query, a third only to queries that are planned again in another statement.
 */
export class Splices {
  readonly #splices = new Map<Source, Map<number, Splice>>()
  readonly #apart = new Map<Source, Map<number, Splice>>()
  readonly #explicit = new Map<Source, Map<number, Splice>>()
  /** By the first token of their ranges, in the order in which they were added. */
  readonly #wraps = new Map<Source, Map<number, Wrap[]>>()

  /** Replaces a range. */
  add(source: Source, range: Range, text: Replacement): void {
    addTo(this.#splices, source, range, text)
  }

  /** Replaces a range in `renderApart` only. */
  addApart(source: Source, range: Range, text: string): void {
    addTo(this.#apart, source, range, text)
  }

  /** Replaces a range in `explicit` only. */
  addExplicit(source: Source, range: Range, text: string): void {
    addTo(this.#explicit, source, range, text)
  }

  /** The replacement of a range. */
  textAt(source: Source, range: Range): (() => string) | undefined {
    const text = this.#splices.get(source)?.get(range.from)?.text
    return typeof text === 'string' ? () => text : text
  }

  /** Makes a range, with its replacements, the argument of a function. A function that is added later is around those before it. */
  call(source: Source, range: Range, name: string): void {
    this.wrap(source, range, `${quote(name)}(`, ')')
  }

  /** Converts a range, with its replacements, to a type of SQLite. */
  cast(source: Source, range: Range, type: string): void {
    this.wrap(source, range, 'CAST(', ` AS ${type})`)
  }

  /** Writes a text before and behind a range with its replacements. */
  wrap(source: Source, range: Range, before: string, after: string): void {
    this.#wrap(source, { range, before, after, isOfQuery: false })
  }

  /** Names a result column. */
  alias(source: Source, range: Range, name: string): void {
    this.#wrap(source, { range, before: '', after: ` AS ${quote(name)}`, isOfQuery: true })
  }

  /** Writes texts around a range, with its replacements, which `renderApart` leaves out. */
  wrapWhole(source: Source, range: Range, before: () => string, after: string): void {
    this.#wrap(source, { range, before, after, isOfQuery: true })
  }

  #wrap(source: Source, wrap: Wrap): void {
    const bySource = this.#wraps.get(source) ?? new Map<number, Wrap[]>()
    this.#wraps.set(source, bySource)
    const { from, to } = wrap.range
    const known = bySource.get(from) ?? []
    bySource.set(from, known)
    if (!known.some(w => w.range.to === to && w.before === wrap.before)) known.push(wrap)
  }

  /** Whether a function or a conversion was added in a range. */
  isWrapped(source: Source, { from, to }: Range): boolean {
    const all = [...(this.#wraps.get(source)?.values() ?? [])].flat()
    return all.some(({ range }) => range.from >= from && range.to <= to)
  }

  /** Appends a text to the replacement of a range. */
  append(source: Source, range: Range, tail: string): void {
    const splice = this.#splices.get(source)?.get(range.from)
    if (splice) splice.tail = tail
  }

  /** The end of the replaced range that contains an index, or else the index itself. */
  wholeEnd(source: Source, index: number): number {
    for (const [from, { to }] of this.#splices.get(source) ?? []) if (from < index && index < to) return to
    return index
  }

  /** The text of a range as typed. */
  original(source: Source, range: Range): string {
    const first = source.tokens[range.from]
    const last = source.tokens[range.to - 1]
    return first && last && range.to > range.from ? source.text.slice(first.start, last.end) : ''
  }

  /** The text of a range as typed, apart from what only its place in the statement says: the field that a compared object means. */
  explicit(source: Source, range: Range): string {
    return render(source, range, [this.#explicit.get(source)])
  }

  /** The text of a range with its replacements; `aliases` false leaves out what append() and alias() added. */
  render(source: Source, range: Range, aliases = true): string {
    return render(source, range, [this.#splices.get(source)], this.#wraps.get(source), aliases)
  }

  /** The text of an expression for another query over the same tables: with the replacements of addApart(), without names of result columns. */
  renderApart(source: Source, range: Range): string {
    const splices = [this.#apart.get(source), this.#splices.get(source)]
    return render(source, range, splices, this.#wraps.get(source))
  }

  /**
   * Undoes the replacements in the name that SQLite gives to a result column.
   * @param range the expression of the column, if it is known
   */
  restore(source: Source, name: string, range: Range = { from: 0, to: source.tokens.length }): string {
    if (!name.includes('(')) return name
    const splices = this.#splices.get(source)
    let out = name
    for (let i = range.from; i < range.to; i++) {
      const splice = splices?.get(i)
      if (typeof splice?.text === 'string')
        out = out.replaceAll(splice.text, this.original(source, { from: i, to: splice.to }))
    }
    return out
  }
}

/**
 * The text of a range with replacements and texts around it.
 * @param splices one or two maps by their first tokens; the first that has one for a token decides
 * @param aliases whether the names of result columns are written
 */
function render(
  source: Source,
  range: Range,
  splices: readonly (ReadonlyMap<number, Splice> | undefined)[],
  wraps?: ReadonlyMap<number, readonly Wrap[]>,
  aliases = false,
): string {
  if (range.to <= range.from) return ''
  const [first, second] = splices
  let copied = source.tokens[range.from]!.start
  if (!first && !second && !wraps) return source.text.slice(copied, source.tokens[range.to - 1]!.end)
  let out = ''
  const copy = (end: number): void => {
    out += source.text.slice(copied, end)
    copied = end
  }
  const open: Wrap[] = []
  for (let i = range.from; i < range.to; i++) {
    let splice = first?.get(i) ?? second?.get(i)
    const around = wraps?.get(i)
    // most tokens
    if (!splice && !around && open.length === 0) continue
    if (splice && splice.to > range.to) splice = undefined
    const end = splice?.to ?? i + 1
    for (const wrap of around?.toReversed().toSorted(longestFirst) ?? []) {
      const { to } = wrap.range
      if (to < end || to > range.to || (wrap.isOfQuery && !aliases)) continue
      copy(source.tokens[i]!.start)
      out += typeof wrap.before === 'string' ? wrap.before : wrap.before()
      open.push(wrap)
    }
    if (splice) {
      copy(source.tokens[i]!.start)
      out += typeof splice.text === 'string' ? splice.text : splice.text()
      copied = source.tokens[end - 1]!.end
    }
    while (open.at(-1)?.range.to === end) {
      copy(source.tokens[end - 1]!.end)
      out += open.pop()!.after
    }
    if (splice && aliases) out += splice.tail
    i = end - 1
  }
  copy(source.tokens[range.to - 1]!.end)
  return out
}

const longestFirst = (a: Wrap, b: Wrap): number => b.range.to - a.range.to

function addTo(
  splices: Map<Source, Map<number, Splice>>,
  source: Source,
  range: Range,
  text: Replacement,
): void {
  const known = splices.get(source) ?? new Map<number, Splice>()
  splices.set(source, known)
  known.set(range.from, { to: range.to, text, tail: '' })
}
