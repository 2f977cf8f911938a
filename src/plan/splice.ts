import type { Value } from '../catalog/types.ts'
import type { Range, Source } from '../sql/query.ts'

type Text = string | (() => string)

/** Quotes a name for SQLite. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a text for SQLite. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A column of an alias, or what stands at a path in it. */
export function columnText(alias: string, column: string, path: readonly string[]): string {
  const name = `${quote(alias)}.${quote(column)}`
  return path.length === 0 ? name : `(${name} ->> ${literal(jsonPath(path))})`
}

/** Keys as SQLite's JSON functions take a path; one with a quote or a backslash in it is spelled as in JSON. */
export function jsonPath(keys: readonly string[]): string {
  return `$${keys.map(k => (/^\w+$/.test(k) ? `.${k}` : `.${JSON.stringify(k)}`)).join('')}`
}

/** A value as a literal of SQLite. */
export function valueText(value: Value): string {
  return typeof value === 'string' ? literal(value) : value === null ? 'NULL' : String(value)
}

/** Replacements of token ranges, by source. Ranges do not overlap. */
export class Splices {
  readonly #of = new Map<Source, Map<number, { to: number; text: Text; tail: string }>>()
  readonly #apart = new Map<Source, Map<number, { to: number; text: string; tail: string }>>()

  add(source: Source, range: Range, text: Text): void {
    const known = this.#of.get(source) ?? new Map<number, { to: number; text: Text; tail: string }>()
    this.#of.set(source, known)
    known.set(range.from, { to: range.to, text, tail: '' })
  }

  /** What a range is replaced by in `renderApart`. */
  addApart(source: Source, range: Range, text: string): void {
    const known = this.#apart.get(source) ?? new Map<number, { to: number; text: string; tail: string }>()
    this.#apart.set(source, known)
    known.set(range.from, { to: range.to, text, tail: '' })
  }

  /** What a range is replaced by. */
  textAt(source: Source, range: Range): (() => string) | undefined {
    const text = this.#of.get(source)?.get(range.from)?.text
    return typeof text === 'string' ? () => text : text
  }

  /** Adds a text behind a replacement made before. */
  append(source: Source, range: Range, tail: string): void {
    const splice = this.#of.get(source)?.get(range.from)
    if (splice) splice.tail = tail
  }

  /** The end of the replaced range that begins before an index and ends behind it; else the index. */
  wholeEnd(source: Source, index: number): number {
    for (const [from, { to }] of this.#of.get(source) ?? []) if (from < index && index < to) return to
    return index
  }

  /** The text of a range as typed. */
  original(source: Source, range: Range): string {
    const first = source.tokens[range.from]
    const last = source.tokens[range.to - 1]
    return first && last && range.to > range.from ? source.text.slice(first.start, last.end) : ''
  }

  /** The text of a range with the replacements in it; blanks and comments between tokens stay as they are. `aliases` false leaves out what append() added. */
  render(source: Source, range: Range, aliases = true): string {
    return this.#render(source, range, aliases, undefined)
  }

  /** The text of an expression that is to stand in another query over the same tables: without what append() added, names as addApart() has them. */
  renderApart(source: Source, range: Range): string {
    return this.#render(source, range, false, this.#apart.get(source))
  }

  #render(
    source: Source,
    range: Range,
    aliases: boolean,
    apart: ReadonlyMap<number, { to: number; text: string; tail: string }> | undefined,
  ): string {
    if (range.to <= range.from) return ''
    const splices = this.#of.get(source)
    let out = ''
    let copied = source.tokens[range.from]!.start
    for (let i = range.from; i < range.to; i++) {
      const splice = apart?.get(i) ?? splices?.get(i)
      if (!splice || splice.to > range.to) continue
      out += source.text.slice(copied, source.tokens[i]!.start)
      out += typeof splice.text === 'string' ? splice.text : splice.text()
      if (aliases) out += splice.tail
      copied = source.tokens[splice.to - 1]!.end
      i = splice.to - 1
    }
    return out + source.text.slice(copied, source.tokens[range.to - 1]!.end)
  }

  /** Undoes the replacements in a text that SQLite made from the spliced one: a result column's name. @param range the expression that it is of, where it is known */
  restore(source: Source, name: string, range: Range = { from: 0, to: source.tokens.length }): string {
    if (!name.includes('(')) return name
    const splices = this.#of.get(source)
    let out = name
    for (let i = range.from; i < range.to; i++) {
      const splice = splices?.get(i)
      if (typeof splice?.text === 'string')
        out = out.replaceAll(splice.text, this.original(source, { from: i, to: splice.to }))
    }
    return out
  }
}
