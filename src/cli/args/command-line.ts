import { didYouMean } from '../../plan/names.ts'
import { usage } from './faults.ts'
import { COMMANDS } from './grammar.ts'
import { helpText } from './help.ts'
import { type CliOptions, toOptions } from './options.ts'
import { readWords } from './read.ts'
import type { CommandName } from './spec.ts'
import type { Words } from './words.ts'

/**
 * Reads the command line, without the program's name. Help and the version are passed to `print`; the result is then undefined.
 * @throws ConfluentqlError USAGE
 */
export function readOptions(
  argv: readonly string[],
  version: () => string,
  print: (text: string) => void,
): CliOptions | undefined {
  const words = readWords(argv)
  if (words.values.has('help')) print(helpText(helpedCommand(words)))
  else if (words.values.has('version')) print(`${version()}\n`)
  else if (words.command === 'help') print(helpText(helpedCommand(words)))
  else return toOptions(words)
  return undefined
}

function helpedCommand({ command, operands: [name] }: Words): CommandName {
  if (command !== 'help' || name === undefined) return command === 'help' ? 'run' : command
  const found = COMMANDS.find(c => c.name === name)
  if (found) return found.name
  const names = COMMANDS.map(c => c.name).filter(n => n !== 'run')
  throw usage(`no command ${name}${didYouMean(name, names)}`, `commands: ${names.join(', ')}`)
}
