import {
  COMMANDS,
  commandOf,
  EVERYWHERE,
  GROUPS,
  optionsOf,
  type CommandName,
  type OptionSpec,
} from './grammar.ts'

/** Columns of a line of help. */
const WIDTH = 80

/** What `--help` shows, of the program or of one command; lines of at most 80 columns. */
export function helpText(name: CommandName): string {
  const { operands, required, help, about, examples } = commandOf(name)
  const isProgram = name === 'run'
  const usage = [
    'confluentql',
    ...(isProgram ? [] : [name]),
    '[options]',
    ...operands.map((o, i) => (i < required ? o : `[${o}]`)),
  ].join(' ')
  const sections = [
    [wrap(capital(help), 0)],
    [`Usage: ${usage}`, ...(isProgram ? ['       confluentql COMMAND [options]'] : [])],
    about.map(text => wrap(text, 0)),
    ['Examples:', ...examples.map(e => `  confluentql ${e}`)],
    ...(isProgram
      ? [
          [
            'Commands:',
            ...COMMANDS.filter(c => c.name !== 'run').map(c =>
              entry([c.name, ...c.operands].join(' '), c.help),
            ),
          ],
        ]
      : []),
    ...optionSections(name),
  ]
  return `${sections.map(lines => lines.join('\n')).join('\n\n')}\n`
}

function optionSections(name: CommandName): string[][] {
  const options = optionsOf(name)
  const grouped = GROUPS.map(group => ({
    group: group as string,
    list: options.filter(o => o.group === group),
  })).filter(g => g.list.length > 0)
  const isShort = options.length < 5
  const all = isShort ? [{ group: 'Options', list: [...options] }] : grouped
  return all.map(({ group, list }, i) => [
    `${group}:`,
    ...(i === all.length - 1 ? [...list, ...EVERYWHERE] : list).map(o => entry(spelling(o), o.help)),
  ])
}

/** `-f, --file FILE`, `    --db FILE` */
export function spelling({ name, short, value }: Pick<OptionSpec, 'name' | 'short' | 'value'>): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

/** Where the explanations of options and commands begin. */
const COLUMN = 28

function entry(left: string, help: string): string {
  return `  ${left.padEnd(COLUMN - 3)} ${wrap(help, COLUMN).trimStart()}`
}

/** The text in lines, each indented. */
function wrap(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map(l => ' '.repeat(indent) + l).join('\n')
}

/** With its first letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
