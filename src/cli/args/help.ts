import { COMMANDS, commandOf, EVERYWHERE, optionsOf, signature } from './grammar.ts'
import { type CommandName, GROUPS, type OptionSpec } from './spec.ts'
import { blankParser } from './parser.ts'

/** Columns of a line of help. */
const WIDTH = 80

/** Columns for the names of options and commands; yargs adds two blanks on each side. */
const NAMES = 24

/** With so few options headings are of no use. */
const FEW = 5

type Listed = Pick<OptionSpec, 'name' | 'short' | 'value' | 'help'>

/**
 * What `--help` shows, of the program or of one command, laid out by yargs in lines of at most 80 columns. yargs has
 * no names for values, so here, where nothing is parsed, an option is called `output FORMAT`.
 */
export function helpText(name: CommandName): string {
  const { about, examples, help } = commandOf(name)
  const parser = blankParser()
    // what stands before each command in the list
    .scriptName('')
    .usageConfiguration({ 'hide-types': true })
    .wrap(WIDTH)
    .usage([capital(help), `Usage: ${usageOf(name)}`, ...about].join('\n\n'))
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

/** The options of a command under their headings; the last have those of every command. */
function groupsOf(name: CommandName): (readonly [heading: string, options: readonly Listed[]])[] {
  const options = optionsOf(name)
  if (options.length < FEW) return [['Options', [...options, ...EVERYWHERE]]]
  return GROUPS.map(group => {
    const own = options.filter(o => o.group === group)
    return [group, group === GROUPS.at(-1) ? [...own, ...EVERYWHERE] : own] as const
  })
}

/** The name and what its value is called, as wide as all of them. */
function labelOf({ name, value }: Listed): string {
  const dashes = '-x, --'.length
  return `${name}${value === undefined ? '' : ` ${value}`}`.padEnd(NAMES - dashes)
}

/** With its first letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
