/** https://support.microsoft.com/office/3f1f7148-ee83-404d-8ef0-9ff99fbad1f9: what the name of a sheet may be. */
const LONGEST = 31
const FORBIDDEN = /[[\]:*?/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu

const graphemes = new Intl.Segmenter()

/** Names of sheets made from titles: what a name may not have becomes a space, and no two are the same in any case. */
export class SheetNames {
  readonly #names: string[] = []

  get all(): readonly string[] {
    return this.#names
  }

  add(title: string | undefined): string {
    const name = this.#free(title ?? '')
    this.#names.push(name)
    return name
  }

  /** Puts a word before the last name. */
  markLast(word: string): void {
    this.#names.push(this.#free(`${word} ${this.#names.pop() ?? ''}`))
  }

  #free(title: string): string {
    const clean = title
      .replace(FORBIDDEN, ' ')
      .replace(/\s+/g, ' ')
      .replace(/^[' ]+|[' ]+$/g, '')
    const name =
      clean === '' || clean.toLowerCase() === 'history' ? `Result${clean === '' ? '' : ` ${clean}`}` : clean
    const used = new Set(this.#names.map(n => n.toLowerCase()))
    for (let n = 1; ; n += 1) {
      const ending = n === 1 ? '' : ` (${n})`
      const free = shortened(name, LONGEST - ending.length) + ending
      if (!used.has(free.toLowerCase())) return free
    }
  }
}

/** At most `length` UTF-16 units, ending between two characters and not in a space or an apostrophe. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length > length) break
    kept += segment
  }
  return kept.replace(/[' ]+$/, '')
}
