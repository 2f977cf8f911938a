import { aliasesOf, EVERYWHERE, OPTIONS } from './grammar.ts'
import type { OptionSpec } from './spec.ts'

/*
 * Two forms of words that yargs reads in another way than other programs do. SQL may begin with a comment
 * (`-- note` and a line end), which yargs takes for an option. A value may be attached to a letter (`-ojson`,
 * `-qojson`), which yargs takes for more letters. `mark` rewrites them, `unmark` undoes it wherever the word has got to:
 * as an operand or as the value of an option. No argument of a process can contain the character that marks them.
 */

const MARK = '\0'

/** The letters of the options that take a value, or of the others. */
function letters(takesValue: boolean): string {
  const options: readonly Pick<OptionSpec, 'short' | 'hidden' | 'value'>[] = [...OPTIONS, ...EVERYWHERE]
  return options
    .filter(o => (o.value !== undefined) === takesValue)
    .flatMap(aliasesOf)
    .filter(name => name.length === 1)
    .join('')
}

/** Letters that take no value, one that takes a value, and the value. */
const ATTACHED = new RegExp(`^(-[${letters(false)}]*[${letters(true)}])(.+)$`, 's')

/** `--`, perhaps a word, and a blank: no option is written so. */
const COMMENT = /^--[^=\s]*\s/

/** A word for yargs. */
export function mark(word: string): string {
  if (COMMENT.test(word)) return MARK + word
  const [, before, value = ''] = ATTACHED.exec(word) ?? []
  if (before === undefined || (value.startsWith('=') && value !== '=')) return word
  return value === '=' ? word + MARK : `${before}=${MARK}${value}`
}

/** The word as it was written, or the value that was attached to a letter. */
export function unmark(text: string): string {
  return text.startsWith(MARK) || text.endsWith(MARK)
    ? text.replace(/^\0|\0$/, '')
    : text.replace(`=${MARK}`, '')
}
