import { randomBytes } from 'node:crypto'

/*
 * Texts for an assistant. Values come from an API and may contain anything, also what looks like an instruction or like
 * the end of the data: they stand between marks with a number that nobody can guess, and hidden characters are escaped.
 */

/**
 * Controls, direction marks, half surrogates, and whatever else is not shown (tags, fillers, selectors). One joiner or selector
 * of a style stays, since scripts and emoji need it; a row of them could hide a text.
 */
const HIDDEN =
  /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]|(?<=\u200c|\u200d)(?:\u200c|\u200d|\ufe0e|\ufe0f)|(?<=\ufe0e|\ufe0f)(?:\ufe0e|\ufe0f)/gu

/** JSON in which hidden characters are escaped, as JSON does it. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, escaped)
}

/** A text on one line in which hidden characters are escaped. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, escaped)
}

/** Lines in which hidden characters are escaped. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n')
}

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')
}

/** Lines of data between two marks. */
export function fenced(what: string, lines: readonly string[]): string {
  const mark = `${what} ${randomBytes(6).toString('hex')}`
  return [`<${mark}>`, ...lines, `</${mark}>`].join('\n')
}

/** The beginning of a text that is too long, and how much is missing. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  // not through a character of two units
  const end = /[\uD800-\uDBFF]/.test(text[most - 1] ?? '') ? most - 1 : most
  return `${text.slice(0, end)}… [${text.length - end} more characters]`
}

/** `1 row`, `2 rows`. */
export function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`
}
