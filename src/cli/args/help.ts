import { COMMANDS, commandOf, EVERYWHERE, optionsOf, signature } from './grammar.ts'
import { type CommandName, GROUPS, type OptionSpec } from './spec.ts'
import { blankParser } from './parser.ts'

/** Columns of a line of help. */
const WIDTH = 80

/** Columns for the names of options and commands; yargs adds two blanks on each side. */
const NAMES = 24

/** With fewer options, they are listed without group headings. */
const MIN_GROUPED = 5

type Listed = Pick<OptionSpec, 'name' | 'short' | 'value' | 'help'>

/**
 * The text of `--help`, for the program or one command, laid out by yargs in at most 80 columns. yargs does not show the
 * names of values, so options are declared as `output FORMAT` here, where nothing is parsed.
 */
export function helpText(name: CommandName): string {
  const { about, examples, help } = commandOf(name)
  const parser = blankParser()
    // the prefix of each listed command
    .scriptName('')
    .usageConfiguration({ 'hide-types': true })
    .wrap(WIDTH)
    .usage([capital(help), `Usage: ${usageOf(name)}`, ...about].join('\n\n'))
  for (const action of commandOf(name).actions ?? [])
    parser.command(signature(action).padEnd(NAMES), action.help)
  if (name === 'run') for (const c of COMMANDS.slice(1)) parser.command(signature(c).padEnd(NAMES), c.help)
  for (const [group, options] of groupsOf(name))
    for (const option of options)
      parser.option(labelOf(option), {
        ...(option.short !== undefined && { alias: option.short }),
        group: `${group}:`,
        describe: option.help,
      })
  for (const example of examples) parser.example(`confluentql ${example}`, '')
  let text = ''
  parser.showHelp(made => {
    text = made
  })
  return `${text}\n`
}

function usageOf(name: CommandName): string {
  return name === 'run'
    ? 'confluentql [options] [SQL] or confluentql COMMAND [options]'
    : `confluentql ${name} [options]${signature(commandOf(name)).slice(name.length)}`
}

/** The options of a command by heading; the last group includes the options of every command. */
function groupsOf(name: CommandName): (readonly [heading: string, options: readonly Listed[]])[] {
  const options = optionsOf(name)
  if (options.length < MIN_GROUPED) return [['Options', [...options, ...EVERYWHERE]]]
  return GROUPS.map(group => {
    const ofGroup = options.filter(o => o.group === group)
    return [group, group === GROUPS.at(-1) ? [...ofGroup, ...EVERYWHERE] : ofGroup] as const
  })
}

/** The option's name and value name, padded to a fixed width. */
function labelOf({ name, value }: Listed): string {
  const dashes = '-x, --'.length
  return `${name}${value === undefined ? '' : ` ${value}`}`.padEnd(NAMES - dashes)
}

/** The text with its first letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
