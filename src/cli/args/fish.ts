import { FORMAT_NAMES } from '../../render/renderer.ts'
import { aliasesOf, COMMANDS, EVERYWHERE, OPTIONS } from './grammar.ts'
import { type CommandSpec, type Kind, type OptionSpec, SHELLS } from './spec.ts'

const WORDS = COMMANDS.filter(c => c.name !== 'run').map(c => c.name)

/** The completion script for fish, which calls the program for the names of profiles only. */
export function fish(): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const when = (names: readonly string[]): string => quoted(`__confluentql_is ${names.join(' ')}`)
  const values: Readonly<Record<Kind, string>> = {
    file: '-F',
    format: `-a ${quoted(FORMAT_NAMES.join(' '))}`,
    profile: `-a '(confluentql completion profiles 2>/dev/null)'`,
    shell: `-a ${quoted(SHELLS.join(' '))}`,
    command: `-a ${quoted(WORDS.join(' '))}`,
    provider: `-a '(confluentql completion providers 2>/dev/null)'`,
  }
  const option = (o: OptionSpec): string =>
    `complete -c confluentql -n ${when(o.commands)}${o.short === undefined ? '' : ` -s ${o.short}`} -l ${o.name}${o.value === undefined ? '' : o.kind === 'file' ? ' -r' : ' -x'} -d ${quoted(o.help)}${o.value === undefined || o.kind === undefined ? '' : ` ${values[o.kind]}`}`
  return `# Completions of confluentql for fish: confluentql completion fish > ~/.config/fish/completions/confluentql.fish
function __confluentql_is
  set -l found run
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${OPTIONS.filter(o => o.value !== undefined)
      .flatMap(spellings)
      .join(' ')}
      set skip 1
    else if contains -- $word ${WORDS.join(' ')}
      set found $word
      break
    end
  end
  contains -- $found $argv
end
complete -c confluentql -f
${COMMANDS.filter(c => c.name !== 'run')
  .map(c => `complete -c confluentql -n ${when(['run'])} -a ${c.name} -d ${quoted(c.help)}`)
  .join('\n')}
${COMMANDS.filter(c => c.actions)
  .map(
    c => `complete -c confluentql -n ${when([c.name])} -a ${quoted(c.actions!.map(a => a.name).join(' '))}`,
  )
  .join('\n')}
${COMMANDS.flatMap(c =>
  kindsOf(c).map(kind => `complete -c confluentql -n ${when([c.name])} ${values[kind]}`),
).join('\n')}
${OPTIONS.map(option).join('\n')}
${EVERYWHERE.map(o => `complete -c confluentql${o.short === undefined ? '' : ` -s ${o.short}`} -l ${o.name} -d ${quoted(o.help)}`).join('\n')}
`
}

/** The kinds of a command's operands. */
function kindsOf({ kind, actions = [] }: CommandSpec): Kind[] {
  return [...new Set([...(kind === undefined ? [] : [kind]), ...actions.flatMap(a => a.kinds ?? [])])]
}

/** All spellings of an option, with dashes. */
function spellings(option: OptionSpec): string[] {
  return [option.name, ...aliasesOf(option)].map(name => (name.length === 1 ? `-${name}` : `--${name}`))
}
