import { checkWords } from './faults.ts'
import type { Words } from './words.ts'

/** What can be neither an option nor a command. */
const STATEMENT = /^[^-\0]\S*\s/

/**
 * The words of a command line that is one statement; undefined for any other. It needs no yargs, which takes milliseconds.
 * @throws ConfluentqlError USAGE
 */
export function statementWords(argv: readonly string[]): Words | undefined {
  const [word = '', another] = argv
  if (another !== undefined || !STATEMENT.test(word)) return undefined
  const words = { command: 'run', operands: [word], beforeDashes: 1, values: new Map(), unknown: [] } as const
  checkWords(words, argv)
  return words
}
