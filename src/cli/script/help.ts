import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { cut } from '../../render/display.ts'
import { META, spellings, type MetaCommand } from './meta.ts'

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['look', ['tables', 'own', 'describe', 'schema', 'explain', 'trace', 'timer']],
  ['results', ['mode', 'expanded', 'headers', 'nullvalue', 'output', 'once']],
  ['session', ['read', 'set', 'unset', 'profile', 'cache']],
]
const REST = 'prompt'

/** The meta-commands in groups, in both spellings, a line of `width` columns each; or one of them with its arguments. @throws ConfluentqlError UNKNOWN_NAME */
export function metaHelp(name: string | undefined, width: number): string {
  if (name !== undefined) return helpOn(name)
  const grouped = new Set(GROUPS.flatMap(([, names]) => names))
  const groups = [...GROUPS.map(([title, names]) => [title, META.filter(c => names.includes(c.name))] as const), [REST, META.filter(c => !grouped.has(c.name))] as const]
  return groups.flatMap(([title, commands]) => commands.map((c, i) => `${cut(`${(i === 0 ? title : '').padEnd(9)}${helpLine(c)}`, width)}\n`)).join('')
    + 'A statement ends with ; or \\gx (a line for each value). .help NAME tells more.\n'
}

const helpLine = (c: MetaCommand): string => `${`.${c.name}`.padEnd(12)}${c.aliases.join(' ').padEnd(9)}${c.help}`

function helpOn(name: string): string {
  const found = META.find(c => spellings(c).some(s => s === name || s.slice(1) === name))
  if (!found) throw new ConfluentqlError('UNKNOWN_NAME', `no command ${name}${didYouMean(name, META.flatMap(c => [...spellings(c), c.name]))}`, { hint: '.help lists them' })
  return `${spellings(found).map(s => `${s} ${found.args}`.trimEnd()).join('\n')}\n  ${found.help}\n`
}
