import { widthOf } from '../../render/display.ts'

/** Arranges texts in columns, in column order, on lines of at most `width` characters. */
export function columns(texts: readonly string[], width: number): string[] {
  const cell = Math.max(1, ...texts.map(widthOf)) + 2
  const across = Math.max(1, Math.floor((width - 1) / cell))
  const down = Math.ceil(texts.length / across)
  return Array.from({ length: down }, (_, row) => {
    const cells = texts.filter((_text, i) => i % down === row)
    return cells
      .map((text, i) => (i === cells.length - 1 ? text : text + ' '.repeat(cell - widthOf(text))))
      .join('')
  })
}

/** The common prefix of all texts, compared without regard to case, in the spelling of the first. */
export function commonPrefix(texts: readonly string[]): string {
  const [first = '', ...rest] = texts
  let length = first.length
  for (const text of rest) {
    let same = 0
    while (same < length && same < text.length && text[same]!.toLowerCase() === first[same]!.toLowerCase())
      same++
    length = same
  }
  return first.slice(0, length)
}
