import { cut } from '../../render/display.ts'
import { META, noCommand, spellings } from './meta.ts'

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['look', ['tables', 'own', 'describe', 'schema', 'explain', 'trace', 'timer']],
  ['results', ['mode', 'expanded', 'headers', 'nullvalue', 'output', 'once']],
  ['session', ['read', 'set unset', 'profile', 'cache']],
  ['prompt', ['watch', 'edit', 'history', 'help quit']],
]
/** What is said of two commands on one line, so that all fit on a screen of 24. */
const PAIRS: Readonly<Record<string, string>> = {
  'set unset': 'give :NAME a value, or show it; take it away',
  'help quit': 'this, or more of one command; leave (.exit, Ctrl-D)',
}

/** The meta-commands in groups, in both spellings, as wide as the terminal; or one of them with its arguments. @throws ConfluentqlError UNKNOWN_NAME */
export function metaHelp(name: string | undefined, width: number): string {
  if (name !== undefined) return helpOn(name)
  const lines = GROUPS.flatMap(([title, all]) =>
    all.map((names, i) => (i === 0 ? title : '').padEnd(9) + helpLine(names)),
  )
  return [...lines, 'A statement ends with ; or \\gx (a line for each value).']
    .map(l => `${cut(l, width)}\n`)
    .join('')
}

function helpLine(names: string): string {
  const commands = names.split(' ').flatMap(n => META.filter(c => c.name === n))
  const aliases = commands.flatMap(c => (commands.length > 1 ? c.aliases.slice(0, 1) : c.aliases))
  return `${commands
    .map(c => `.${c.name}`)
    .join(' ')
    .padEnd(12)}${aliases.join(' ').padEnd(8)} ${PAIRS[names] ?? commands[0]!.help}`
}

function helpOn(name: string): string {
  const found = META.find(c => spellings(c).some(s => s === name || s.slice(1) === name))
  if (!found) throw noCommand(name, true)
  return `${spellings(found)
    .map(s => `${s} ${found.args}`.trimEnd())
    .join('\n')}\n  ${found.help}\n`
}
