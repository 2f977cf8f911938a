import { checkWords } from './faults.ts'
import { OPTIONS } from './grammar.ts'
import type { OptionSpec } from './spec.ts'
import type { Words } from './words.ts'

/** What can be neither an option nor a command. */
const STATEMENT = /^[^-\0]\S*\s/

/**
 * The words of a command line of one statement and options in their plain form: `-o json`, `--quiet`. Undefined for any other,
 * also for one with a mistake in its options. It needs no yargs, which takes milliseconds.
 * @throws ConfluentqlError USAGE
 */
export function statementWords(argv: readonly string[]): Words | undefined {
  const values = new Map<string, readonly string[]>()
  const operands: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const option = plainOption(word)
    if (option === undefined) {
      if (!STATEMENT.test(word)) return undefined
      operands.push(word)
      continue
    }
    const value = option.value === undefined ? '' : argv[++i]
    // a value with a dash may be an option
    if (value === undefined || value.startsWith('-') || values.has(option.name)) return undefined
    values.set(option.name, [value])
  }
  if (operands.length !== 1) return undefined
  const words = { command: 'run', operands, beforeDashes: 1, values, unknown: [] } as const
  checkWords(words, argv)
  return words
}

/** The option that a word spells, if it can be combined with all others. */
function plainOption(word: string): OptionSpec | undefined {
  if (!word.startsWith('-')) return undefined
  return OPTIONS.find(
    ({ name, short, commands, excludes }) =>
      (word === `--${name}` || (short !== undefined && word === `-${short}`))
      && !name.includes('=')
      && commands.includes('run')
      && excludes === undefined,
  )
}
