/** https://support.microsoft.com/office/3f1f7148-ee83-404d-8ef0-9ff99fbad1f9: rules for the names of sheets. */
const LONGEST = 31
const FORBIDDEN = /[[\]:*?/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu

const graphemes = new Intl.Segmenter()

/** Sheet names made from titles: forbidden characters become spaces, and names are unique case-insensitively. */
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

/** At most `length` UTF-16 units, cut between graphemes, without spaces or apostrophes at the end. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length > length) break
    kept += segment
  }
  return kept.replace(/[' ]+$/, '')
}
