import { checkWords, faultOf } from './faults.ts'
import type { CommandName } from './spec.ts'
import { mark } from './marks.ts'
import { parserOf, type Read } from './parser.ts'
import { toWords, type Words } from './words.ts'

/** Ends the parser where help or the version is asked for and something else is wrong. */
const ENOUGH = new Error('help or the version is asked for')

/**
 * Takes the words after `confluentql` apart. Options may stand anywhere before `--`, letters together with each other
 * or with their value (`-qo json`, `-ojson`), long ones with `=`. With `--help` or `--version` nothing else has to be right.
 * @throws ConfluentqlError USAGE for what no command has, or not this one
 */
export function readWords(argv: readonly string[]): Words {
  let command: CommandName = 'run'
  let asked: Words | undefined
  const parser = parserOf({
    onCommand: name => {
      command = name
    },
    onFault: (message, error) => {
      const words = toWords((parser.parsed as { readonly argv: Read }).argv, command)
      if (!words.values.has('help') && !words.values.has('version'))
        throw faultOf(message, error, words, argv)
      asked = words
      throw ENOUGH
    },
    check: read => checkWords(toWords(read, command), argv),
  })
  try {
    const read = parser.parseSync(argv.map(mark)) as unknown as Read
    return toWords(read, command)
  } catch (error) {
    if (error === ENOUGH && asked) return asked
    throw error
  }
}
