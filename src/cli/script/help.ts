import { widthOf } from '../../render/display.ts'
import { filled } from '../../render/wrap.ts'
import { HELP_TOPICS, helpTopic } from './help-topics.ts'
import { META, type MetaCommand, spellings } from './meta.ts'
import { noCommand } from './read-meta.ts'

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['look', ['tables', 'find own', 'describe', 'schema', 'explain notices', 'trace', 'timer']],
  ['results', ['mode format', 'expanded', 'headers nullvalue', 'output', 'once pager']],
  ['session', ['read', 'set unset', 'profile', 'cache skip', 'dryrun confirm']],
  ['prompt', ['watch', 'edit', 'history', 'help quit']],
]
/** Short descriptions, also for two commands on one line, so that the list fits on a screen of 80 by 24. */
const SHORT: Readonly<Record<string, string>> = {
  tables: 'all, of a service, by a text',
  'find own': 'tables by words; tables of this session',
  'explain notices': 'plan before rows; notices of the last statement',
  timer: 'the time of each statement',
  describe: 'columns of a table or view',
  schema: 'columns of a table or view, with all details',
  expanded: 'a line a value; auto: where a table is too wide',
  'mode format': 'table, csv, json …; cost money, size bytes',
  output: 'following results to a file; alone: back',
  'once pager': 'next result to a file or | command; pager on, off',
  profile: 'addresses and credentials of another profile',
  'headers nullvalue': 'names of columns; text for NULL',
  'set unset': 'set or show :NAME; remove it',
  'cache skip': 'repeated reads from a cache; skip unreachable',
  'dryrun confirm': 'show changes, send none; ask before large ones',
  'help quit': 'this, or one command; leave (.exit, Ctrl-D)',
}
/** Width of the command column, and the minimum width of the descriptions. */
const LEFT = 30
const MIN_TEXT = 20

/** The list of meta-commands in groups, or the description of one, in at most `width` columns. @throws ConfluentqlError UNKNOWN_NAME */
export function metaHelp(name: string | undefined, width: number): string {
  if (name !== undefined)
    return helpOn(name)
      .split('\n')
      .flatMap(line => fitted(line, width))
      .join('\n')
  const lines = GROUPS.flatMap(([title, all]) =>
    all.flatMap((names, i) => helpLines(i === 0 ? title : '', names, width)),
  )
  const last = `A statement ends with ; or \\gx. More: .help ${HELP_TOPICS.join(', .help ')}`
  const end = filled(last.split(' '), () => width)
  return [...lines, ...end].map(l => `${l}\n`).join('')
}

function helpLines(title: string, names: string, width: number): string[] {
  const commands = names.split(' ').flatMap(n => META.filter(c => c.name === n))
  const aliases = commands.flatMap(c => (commands.length > 1 ? c.aliases.slice(0, 1) : c.aliases)).join(' ')
  const spelled = commands.map(c => `.${c.name}`).join(' ')
  const left = `${title.padEnd(9)}${`${spelled.padEnd(12)}${aliases}`.padEnd(LEFT - 10)} `
  const about = SHORT[names] ?? commands[0]!.help
  // too narrow for two columns: the text is below the command
  if (width < LEFT + MIN_TEXT)
    return [
      `${spelled} ${aliases}`.trimEnd(),
      ...filled(about.split(' '), () => Math.max(MIN_TEXT, width - 2)).map(l => `  ${l}`),
    ]
  const text = filled(about.split(' '), () => width - left.length)
  return text.map((line, i) => (i === 0 ? left : ' '.repeat(LEFT)) + line)
}

/** A line in at most `width` columns. What goes on below stands below its text, which follows two blanks or more. */
function fitted(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line]
  const [, left = '', right = ''] = /^(\s*(?:\S+(?: \S+)*\s{2,})?)(.*)$/s.exec(line) ?? []
  const isBelow = width - widthOf(left) < MIN_TEXT
  const indent = isBelow ? 4 : widthOf(left)
  const text = filled(right.split(' '), () => Math.max(MIN_TEXT, width - indent))
  const below = ' '.repeat(indent)
  return isBelow
    ? [...(left.trim() === '' ? [] : [left.trimEnd()]), ...text.map(part => below + part)]
    : text.map((part, i) => (i === 0 ? left : below) + part)
}

function helpOn(name: string): string {
  const found = META.find(c => spellings(c).some(s => s === name || s.slice(1) === name))
  const topic = helpTopic(found?.name === 'format' ? 'formats' : name)
  if (!found && topic !== undefined) return topic
  if (!found) throw noCommand(name, true)
  if (topic !== undefined) return `${commandHelp(found)}\n${topic}`
  return commandHelp(found)
}

function commandHelp(found: MetaCommand): string {
  return `${spellings(found)
    .map(s => `${s} ${found.args}`.trimEnd())
    .join('\n')}\n  ${found.help}\n`
}
