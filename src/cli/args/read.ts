import { checkWords, faultOf } from './faults.ts'
import type { CommandName } from './spec.ts'
import { mark } from './marks.ts'
import { parserOf, type Read } from './parser.ts'
import { statementWords } from './statement.ts'
import { toWords, type Words } from './words.ts'

/** Stops the parser at the first fault if help or the version is requested. */
const STOP = new Error('help or the version is asked for')

/**
 * Parses the command line. Options can appear anywhere before `--`; short ones can be combined with each other and with a
 * value (`-qo json`, `-ojson`), long ones take `=`. With `--help` or `--version` other mistakes are ignored.
 * @throws ConfluentqlError USAGE
 */
export function readWords(argv: readonly string[]): Words {
  return statementWords(argv) ?? readByYargs(argv)
}

/** `readWords` for any command line. */
export function readByYargs(argv: readonly string[]): Words {
  let command: CommandName = 'run'
  let asked: Words | undefined
  const parser = parserOf(argv, {
    onCommand: name => {
      command = name
    },
    onFault: (message, error) => {
      const words = toWords((parser.parsed as { readonly argv: Read }).argv, command)
      if (!words.values.has('help') && !words.values.has('version'))
        throw faultOf(message, error, words, argv)
      asked = words
      throw STOP
    },
    check: read => checkWords(toWords(read, command), argv),
  })
  try {
    const read = parser.parseSync(argv.map(mark)) as unknown as Read
    return toWords(read, command)
  } catch (error) {
    if (error === STOP && asked) return asked
    throw error
  }
}
