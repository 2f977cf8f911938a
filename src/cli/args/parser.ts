import yargs, { type Argv } from 'yargs'
import { aliasesOf, COMMANDS, commandOf, EVERYWHERE, OPTIONS, optionsOf } from './grammar.ts'
import { markFlag } from './marks.ts'
import type { CommandName, CommandSpec, OptionSpec } from './spec.ts'

// parts of yargs 18 that are missing in its types
declare module 'yargs' {
  interface Argv<T> {
    /** With false, the options are unknown to commands unless they declare them. */
    global(names: readonly string[], isGlobal: boolean): Argv<T>
    usageConfiguration(configuration: { readonly 'hide-types': boolean }): Argv<T>
  }
}

/** The result of yargs: options by name, the operands before `--`, and those after it. */
export interface Read {
  readonly [option: string]: unknown
  readonly _: readonly string[]
  readonly '--'?: readonly string[]
}

/** Values stay text, names keep their spelling, and words after `--` are separate. */
export const READING = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  // --null -x
  'nargs-eats-options': true,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'populate--': true,
  'strip-aliased': true,
}

/** Callbacks of a parser, in the order in which they are called. */
export interface Handlers {
  /** Called when the first operand is a command. */
  onCommand(command: CommandName): void
  /** Called with the message of a failed yargs check, or with the error that `check` has thrown. Must throw. */
  onFault(message: string, error: Error | undefined): never
  /** Checks that yargs does not have. @throws ConfluentqlError USAGE */
  check(read: Read): void
}

/**
 * A yargs parser for the grammar. Each command has its own options and number of operands. Without a command the options
 * of all commands are declared, since yargs must know which words are values before it finds the command; `check` rejects
 * the ones that `run` does not have.
 * @param words the words to read; only the commands that occur among them are declared, since declaring one takes time
 */
export function parserOf(words: readonly string[], handlers: Handlers): Argv {
  const parser = blankParser()
    .parserConfiguration(READING)
    .strictOptions()
    .fail((message, error) => handlers.onFault(message, error))
  const demand = (to: Argv, { name, operands, required, isRepeatable }: CommandSpec): void => {
    for (const { name: option, excludes } of optionsOf(name))
      if (excludes) to.conflicts(markFlag(option), excludes)
    to.demandCommand(required, isRepeatable ? Infinity : operands.length).check(read => {
      handlers.check(read as Read)
      return true
    }, false)
  }
  declare(parser, [...OPTIONS, ...EVERYWHERE])
  demand(parser, commandOf('run'))
  const names = OPTIONS.map(o => markFlag(o.name))
  parser.global(names, false)
  for (const command of COMMANDS.slice(1).filter(c => words.includes(c.name)))
    parser.command(command.name, command.help, own => {
      handlers.onCommand(command.name)
      declare(own, optionsOf(command.name))
      demand(own, command)
    })
  return parser
}

/** yargs without its defaults from the environment: language, program name and version. */
export function blankParser(): Argv {
  return yargs([], '.')
    .scriptName('confluentql')
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
}

/** Declares options in few calls: one call for each option would add two milliseconds to the start. */
function declare(
  parser: Argv,
  options: readonly Pick<OptionSpec, 'name' | 'short' | 'hidden' | 'value'>[],
): void {
  parser
    .boolean(options.filter(o => o.value === undefined).map(o => markFlag(o.name)))
    .string(options.filter(o => o.value !== undefined).map(o => o.name))
    .nargs(Object.fromEntries(options.map(o => [markFlag(o.name), o.value === undefined ? 0 : 1])))
    .alias(
      Object.fromEntries(options.map(o => [o.name, aliasesOf(o)] as const).filter(([, a]) => a.length > 0)),
    )
}
