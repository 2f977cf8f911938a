import { widthOf } from '../render/display.ts'
import { filled } from '../render/wrap.ts'

/** Messages; other lines, such as those of a statement with a caret below, have the right width already, or may be copied as they are. */
const MESSAGE = /^(?:error|hint|notice|warning): |^\(|^cancelled|^confluentql \d/
const INDENT = '  '
/** Words that belong to the next one: commands, options. */
const OPENING = /^(?:[.\\]|--?)[A-Za-z]/

/** Messages for a terminal: lines that are longer than its width go on in the next line after a word, never within a quoted text. */
export function wrapMessages(text: string, width: number): string {
  return text
    .split('\n')
    .map(line => (MESSAGE.test(line) && widthOf(line) >= width ? wrappedLine(line, width) : line))
    .join('\n')
}

function wrappedLine(line: string, width: number): string {
  return filled(pieces(line), n => width - 1 - (n === 0 ? 0 : INDENT.length)).join(`\n${INDENT}`)
}

/** The parts of a message between which a line may end. */
function pieces(line: string): string[] {
  const found: string[] = []
  let isOpen = false
  for (const word of line.split(' ')) {
    if (isOpen) found[found.length - 1] += ` ${word}`
    else found.push(word)
    isOpen = hasOpenQuote(found.at(-1)!) || OPENING.test(word)
  }
  // a quote that is never closed is an apostrophe
  return isOpen && hasOpenQuote(found.at(-1)!) ? line.split(' ') : found
}

/** Whether a quotation mark that begins a word is not followed by one that ends a word. */
function hasOpenQuote(text: string): boolean {
  let open: string | undefined
  for (const [i, character] of [...text].entries()) {
    if (character !== "'" && character !== '"') continue
    const [before = ' ', after = ' '] = [text[i - 1], text[i + 1]]
    if (
      open === undefined ? /[^\p{L}\p{N}]/u.test(before) : open === character && /[^\p{L}\p{N}]/u.test(after)
    )
      open = open === undefined ? character : undefined
  }
  return open !== undefined
}
