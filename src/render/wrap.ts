import { widthOf } from './display.ts'

/** The parts of a text that fit into a width, divided at blanks, or before `/` and `&` of a URL, where there are any. */
export function wrapped(text: string, width: number): string[] {
  if (width === Infinity) return [text]
  const lines: string[] = []
  let line = ''
  let taken = 0
  for (const character of text) {
    const wide = widthOf(character)
    if (taken + wide > width) {
      const at = Math.max(
        character === ' ' ? line.length : line.lastIndexOf(' ') + 1,
        line.lastIndexOf('&'),
        line.lastIndexOf('/'),
      )
      const end = at > width / 3 ? at : line.length
      lines.push(line.slice(0, end).trimEnd())
      line = line.slice(end)
      taken = widthOf(line)
      if (line === '' && character === ' ') continue
    }
    line += character
    taken += wide
  }
  return [...lines, line]
}
