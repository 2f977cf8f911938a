import { widthOf } from './display.ts'

/** Pieces in as few lines as possible, with a blank between those of a line. `room`: the columns of the nth line, from 0. */
export function filled(pieces: readonly string[], room: (line: number) => number): string[] {
  const lines: string[] = []
  for (const piece of pieces) {
    const longer = lines.length === 0 ? piece : `${lines.at(-1)!} ${piece}`
    if (lines.length > 0 && widthOf(longer) <= room(lines.length - 1)) lines[lines.length - 1] = longer
    else lines.push(piece)
  }
  return lines
}

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
