import { aliasesOf, EVERYWHERE, OPTIONS } from './grammar.ts'
import type { OptionSpec } from './spec.ts'

/*
 * Forms of words that yargs would misread. SQL can begin with a comment (`-- note` and a line end), which yargs takes
 * for an option. A value can be attached to a letter (`-ojson`, `-qojson`), which yargs takes for more letters. `mark`
 * escapes such words before parsing; `unmark` restores operands and values afterwards. The mark is a character that no
 * argument of a process can contain.
 */

const MARK = '\0'

/** The letters of all options that take a value, or of all that do not. */
function letters(takesValue: boolean): string {
  const options: readonly Pick<OptionSpec, 'short' | 'hidden' | 'value'>[] = [...OPTIONS, ...EVERYWHERE]
  return options
    .filter(o => (o.value !== undefined) === takesValue)
    .flatMap(aliasesOf)
    .filter(name => name.length === 1)
    .join('')
}

let attached: RegExp | undefined

/** Letters without a value, then one with a value, then the value. */
function attachedPattern(): RegExp {
  return (attached ??= new RegExp(`^(-[${letters(false)}]*[${letters(true)}])(.+)$`, 's'))
}

/** `--`, optionally a word, and a blank: never an option. */
const COMMENT = /^--[^=\s]*\s/

/** Flags with a value in their name, which yargs would read as an option with a value: `--trace=bodies`. */
const FLAGS = new Set(OPTIONS.filter(o => o.name.includes('=')).map(o => `--${o.name}`))

/** The name of an option as yargs gets it. */
export const markFlag = (name: string): string => name.replace('=', MARK)

/** The name of an option as yargs has read it. */
export const unmarkFlag = (name: string): string => name.replace(MARK, '=')

/** Escapes a word for yargs. */
export function mark(word: string): string {
  if (COMMENT.test(word)) return MARK + word
  if (FLAGS.has(word)) return markFlag(word)
  const [, before, value = ''] = attachedPattern().exec(word) ?? []
  if (before === undefined || (value.startsWith('=') && value !== '=')) return word
  return value === '=' ? word + MARK : `${before}=${MARK}${value}`
}

/** The original word, or the value that was attached to a letter. */
export function unmark(text: string): string {
  return text.startsWith(MARK) || text.endsWith(MARK)
    ? text.replace(/^\0|\0$/, '')
    : text.replace(`=${MARK}`, '')
}
