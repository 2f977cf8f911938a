import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { FORMAT_NAMES } from '../../render/renderer.ts'
import {
  COMMANDS,
  EVERYWHERE,
  OPTIONS,
  optionsOf,
  type CommandName,
  type Kind,
  type OptionSpec,
} from './grammar.ts'

const WORDS = COMMANDS.filter(c => c.name !== 'run').map(c => c.name)

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish }

/** What `completion` takes besides: names that the scripts ask for as they run. */
const PROFILES = 'profiles'

/** `confluentql completion SHELL`: the script, or the names of profiles, one a line. @throws ConfluentqlError USAGE */
export async function completion(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (name === PROFILES)
    return (await (await import('../../config/load.ts')).profileNames(env)).map(n => `${n}\n`).join('')
  const make = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined
  if (make) return make()
  const names = Object.keys(SHELLS)
  throw new ConfluentqlError(
    'USAGE',
    `no completions for ${JSON.stringify(name)}${didYouMean(name, names)}`,
    { hint: `shells: ${names.join(', ')}` },
  )
}

/** All ways to write an option, with dashes. */
function spellings({ name, short, hidden = [] }: Pick<OptionSpec, 'name' | 'short' | 'hidden'>): string[] {
  return [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${name}`,
    ...hidden.map(h => (h.length === 1 ? `-${h}` : `--${h}`)),
  ]
}

function ofKind(kind: Kind | undefined): readonly OptionSpec[] {
  return OPTIONS.filter(o => o.value !== undefined && o.kind === kind)
}

const fixed: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  format: FORMAT_NAMES,
  shell: Object.keys(SHELLS),
  command: WORDS,
}

function bash(): string {
  const any = (options: readonly OptionSpec[]): string => options.flatMap(spellings).join('|')
  const list = (words: readonly string[]): string => `$'${words.join('\\n')}'`
  const options = (name: CommandName): string =>
    list([...optionsOf(name), ...EVERYWHERE].map(o => `--${o.name}`))
  const operands = COMMANDS.filter(c => c.kind !== undefined).map(
    c =>
      `    ${c.name}) ${c.kind === 'file' ? '_confluentql_files' : `_confluentql_words ${list(fixed[c.kind!]!)}`} ;;`,
  )
  return `# Completions of confluentql for bash: source <(confluentql completion bash)
_confluentql_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_confluentql_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }
_confluentql() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=run i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${any(OPTIONS.filter(o => o.value !== undefined))}) ((i++)) ;;
      ${WORDS.join('|')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $before in
    ${any(ofKind('file'))}) _confluentql_files; return ;;
    ${any(ofKind('format'))}) _confluentql_words ${list(FORMAT_NAMES)}; return ;;
    ${any(ofKind('profile'))}) _confluentql_words "$(confluentql completion ${PROFILES} 2>/dev/null)"; return ;;
    ${any(ofKind(undefined))}) return ;;
  esac
  case $command:$cur in
${COMMANDS.map(c => `    ${c.name}:-*) _confluentql_words ${options(c.name)}; return ;;`).join('\n')}
  esac
  case $command in
    run) _confluentql_words ${list(WORDS)} ;;
${operands.join('\n')}
  esac
}
complete -F _confluentql confluentql
`
}

function zsh(): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const about = (text: string): string => text.replace(/[[\]\\]/g, '\\$&')
  const values: Readonly<Record<Kind, string>> = {
    file: '_files',
    format: `(${FORMAT_NAMES.join(' ')})`,
    profile: '_confluentql_profiles',
    shell: `(${Object.keys(SHELLS).join(' ')})`,
    command: '_confluentql_commands',
  }
  const option = (o: OptionSpec): string => {
    const [all, star] = [
      [...(o.short === undefined ? [] : [`-${o.short}`]), `--${o.name}`],
      o.isRepeatable ? '*' : '',
    ]
    const rest = `[${about(o.help)}]${o.value === undefined ? '' : `:${o.value.replaceAll(':', '\\:')}:${o.kind === undefined ? ' ' : values[o.kind]}`}`
    return all
      .map(s =>
        quoted(
          `${star || `(${all.join(' ')})`}${s}${s.startsWith('--') && o.value !== undefined ? '=' : ''}${rest}`,
        ),
      )
      .join(' ')
  }
  const everywhere =
    quoted('(- *)-h[show help]') + ' ' + EVERYWHERE.map(o => quoted(`(- *)--${o.name}[${o.help}]`)).join(' ')
  const command = (c: (typeof COMMANDS)[number]): string => {
    const places =
      c.name === 'run'
        ? ['1:command or SQL:_confluentql_commands']
        : [
            '1:command: ',
            ...c.operands.map((o, i) => `${i + 2}:${o}:${c.kind === undefined ? ' ' : values[c.kind]}`),
          ]
    return `    ${c.name}) _arguments -s -S ${[...optionsOf(c.name).map(option), everywhere, ...places.map(quoted)].join(' \\\n      ')} ;;`
  }
  return `#compdef confluentql
# Completions of confluentql for zsh: confluentql completion zsh > a file _confluentql in a folder of $fpath
_confluentql_commands() {
  local -a all=(${COMMANDS.filter(c => c.name !== 'run')
    .map(c => quoted(`${c.name}:${c.help}`))
    .join(' ')})
  _describe command all
}
_confluentql_profiles() {
  local -a all=(\${(f)"$(confluentql completion ${PROFILES} 2>/dev/null)"})
  _describe profile all
}
_confluentql() {
  local command=run i
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      ${OPTIONS.filter(o => o.value !== undefined)
        .flatMap(spellings)
        .join('|')}) ((i++)) ;;
      ${WORDS.join('|')}) command=\${words[i]}; break ;;
    esac
  done
  case $command in
${COMMANDS.map(command).join('\n')}
  esac
}
if [[ \${funcstack[1]} == _confluentql ]]; then _confluentql "$@"; else compdef _confluentql confluentql; fi
`
}

function fish(): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const when = (names: readonly string[]): string => quoted(`__confluentql_is ${names.join(' ')}`)
  const values: Readonly<Record<Kind, string>> = {
    file: '-F',
    format: `-a ${quoted(FORMAT_NAMES.join(' '))}`,
    profile: `-a '(confluentql completion ${PROFILES} 2>/dev/null)'`,
    shell: `-a ${quoted(Object.keys(SHELLS).join(' '))}`,
    command: `-a ${quoted(WORDS.join(' '))}`,
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
${COMMANDS.filter(c => c.kind !== undefined)
  .map(c => `complete -c confluentql -n ${when([c.name])} ${values[c.kind!]}`)
  .join('\n')}
${OPTIONS.map(option).join('\n')}
${EVERYWHERE.map(o => `complete -c confluentql${o.short === undefined ? '' : ` -s ${o.short}`} -l ${o.name} -d ${quoted(o.help)}`).join('\n')}
`
}
