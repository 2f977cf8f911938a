import { stripVTControlCharacters } from 'node:util'
import { widthOf } from '../../src/render/display.ts'

/** A terminal's screen, as far as the shell uses one: what a text with its control sequences leaves to be seen. */
export class Screen {
  width: number
  readonly height: number
  /** Lines that have scrolled out and those that are shown; a cell is a character, or '' behind a wide one. */
  readonly lines: string[][] = [[]]
  /** The numbers of the SGR sequences that each cell was written with: `1;34`. */
  readonly styles: string[][] = [[]]
  row = 0
  column = 0
  /** Index of the first line that is shown. */
  #top = 0
  #isFull = false
  #rest = ''
  #style = ''

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
  }

  /** Everything, with the scrolled lines, without blanks at the ends of lines. */
  get text(): string {
    return this.lines
      .map(l =>
        Array.from(l, c => c ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd()
  }

  write(text: string): void {
    let at = 0
    const all = this.#rest + text
    this.#rest = ''
    while (at < all.length) {
      const c = all[at]!
      if (c === '\x1b') {
        const found = /^\x1b(?:\[([?0-9;]*)([A-Za-z])|[()][A-Z0-9]|[=>78])/.exec(all.slice(at, at + 40))
        if (!found) {
          this.#rest = all.slice(at)
          return
        }
        if (found[2] !== undefined) this.#control(found[2], found[1]!)
        at += found[0].length
      } else if (c === '\n') {
        this.#down()
        at++
      } else if (c === '\r') {
        this.column = 0
        this.#isFull = false
        at++
      } else if (c === '\b') {
        this.column = Math.max(0, this.column - 1)
        at++
      } else if (c < ' ') at++
      else {
        const [{ segment }] = new Intl.Segmenter().segment(all.slice(at, at + 40)) as unknown as [
          { segment: string },
        ]
        this.#put(segment)
        at += segment.length
      }
    }
  }

  #put(segment: string): void {
    const width = widthOf(stripVTControlCharacters(segment))
    if (this.#isFull || this.column + width > this.width) {
      this.column = 0
      this.#down()
    }
    const [line, styles] = [this.lines[this.row]!, this.styles[this.row]!]
    while (line.length < this.column) styles[line.push(' ') - 1] = ''
    line.splice(this.column, width, segment, ...Array.from({ length: width - 1 }, () => ''))
    styles.splice(this.column, width, ...Array.from({ length: width }, () => this.#style))
    this.column += width
    this.#isFull = this.column >= this.width
    if (this.#isFull) this.column = this.width - 1
  }

  #down(): void {
    this.#isFull = false
    this.row++
    if (!this.lines[this.row]) {
      this.lines.push([])
      this.styles.push([])
    }
    this.#top = Math.max(this.#top, this.row - this.height + 1)
  }

  #cut(row: number, column: number): void {
    for (const line of [this.lines[row]!, this.styles[row]!]) line.length = Math.min(line.length, column)
  }

  #control(letter: string, numbers: string): void {
    if (numbers.startsWith('?')) return
    if (letter === 'm') {
      this.#style = /^0?$|^(?:22|39)$/.test(numbers) ? '' : numbers
      return
    }
    const n = Number(numbers || '1')
    this.#isFull = false
    if (letter === 'A') this.row = Math.max(this.#top, this.row - n)
    else if (letter === 'B') {
      for (let i = 0; i < n && this.row < this.#top + this.height - 1; i++) this.#down()
    } else if (letter === 'C') this.column = Math.min(this.width - 1, this.column + n)
    else if (letter === 'K') this.#cut(this.row, this.column)
    else if (letter === 'J' && numbers !== '2') {
      this.#cut(this.row, this.column)
      this.lines.length = this.styles.length = this.row + 1
    } else if (letter === 'J') {
      this.lines.length = this.styles.length = this.#top
      this.lines.push([])
      this.styles.push([])
      this.row = this.#top
    } else if (letter === 'H') {
      this.row = this.#top
      this.column = 0
    } else throw new Error(`the screen does not know ${JSON.stringify(`\x1b[${numbers}${letter}`)}`)
  }
}
