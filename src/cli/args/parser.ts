import yargs, { type Argv } from 'yargs'
import { aliasesOf, COMMANDS, commandOf, EVERYWHERE, OPTIONS, optionsOf } from './grammar.ts'
import type { CommandName, CommandSpec, OptionSpec } from './spec.ts'

// parts of yargs 18 that its types have not yet
declare module 'yargs' {
  interface Argv<T> {
    /** With false: the options are unknown to commands that do not declare them again. */
    global(names: readonly string[], isGlobal: boolean): Argv<T>
    usageConfiguration(configuration: { readonly 'hide-types': boolean }): Argv<T>
  }
}

/** What yargs has read: options by their names, the words before `--`, and the words after it. */
export interface Read {
  readonly [option: string]: unknown
  readonly _: readonly string[]
  readonly '--'?: readonly string[]
}

/** Values stay the texts that were written, names stay as they are spelled, and words after `--` are kept apart. */
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
  /** The first word is a command. */
  onCommand(command: CommandName): void
  /** Called when one of yargs' checks fails, with its message, and for an error that `check` has thrown. Must throw. */
  onFault(message: string, error: Error | undefined): never
  /** Checks that yargs does not have. @throws ConfluentqlError USAGE */
  check(read: Read): void
}

/**
 * yargs over the grammar. The first word may be a command, which has its own options and number of operands; anything
 * else is a fault. Without a command the options of all are read, since which words are values must be known before
 * the command is: `check` refuses those that `run` does not have.
 */
export function parserOf(handlers: Handlers): Argv {
  const parser = blankParser()
    .parserConfiguration(READING)
    .strictOptions()
    .fail((message, error) => handlers.onFault(message, error))
  const demand = (to: Argv, { name, operands, required, isRepeatable }: CommandSpec): void => {
    for (const { name: option, excludes } of optionsOf(name)) if (excludes) to.conflicts(option, excludes)
    to.demandCommand(required, isRepeatable ? Infinity : operands.length).check(read => {
      handlers.check(read as Read)
      return true
    }, false)
  }
  declare(parser, [...OPTIONS, ...EVERYWHERE])
  demand(parser, commandOf('run'))
  const names = OPTIONS.map(o => o.name)
  parser.global(names, false)
  for (const command of COMMANDS.slice(1))
    parser.command(command.name, command.help, own => {
      handlers.onCommand(command.name)
      declare(own, optionsOf(command.name))
      demand(own, command)
    })
  return parser
}

/** yargs without what it takes from the machine: the language, the script's name and version. */
export function blankParser(): Argv {
  return yargs([], '.')
    .scriptName('confluentql')
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
}

/** Declares options in few calls: a call for each would take two milliseconds more at the start. */
function declare(
  parser: Argv,
  options: readonly Pick<OptionSpec, 'name' | 'short' | 'hidden' | 'value'>[],
): void {
  parser
    .boolean(options.filter(o => o.value === undefined).map(o => o.name))
    .string(options.filter(o => o.value !== undefined).map(o => o.name))
    .nargs(Object.fromEntries(options.map(o => [o.name, o.value === undefined ? 0 : 1])))
    .alias(
      Object.fromEntries(options.map(o => [o.name, aliasesOf(o)] as const).filter(([, a]) => a.length > 0)),
    )
}
