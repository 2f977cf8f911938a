import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { fish } from './fish.ts'
import { SHELLS } from './spec.ts'
import { ASKS, FILES, providerNames } from './offers.ts'

/*
 * Completions. The scripts for bash and zsh call the program at each Tab (offers.ts), which uses yargs; the script for
 * fish contains everything except the names of profiles.
 */

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = { bash, zsh, fish }

/** `confluentql completion SHELL`: the script; `profiles`, `providers`: their names, one a line. @throws ConfluentqlError USAGE */
export async function completion(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  // called by the script for fish
  if (name === 'profiles')
    return (await (await import('../../config/load.ts')).profileNames(env)).map(n => `${n}\n`).join('')
  if (name === 'providers') return (await providerNames(env)).map(n => `${n}\n`).join('')
  const shell = SHELLS.find(s => s === name)
  if (shell) return SCRIPTS[shell]()
  throw new ConfluentqlError(
    'USAGE',
    `no completions for ${JSON.stringify(name)}${didYouMean(name, SHELLS)}`,
    { hint: `shells: ${SHELLS.join(', ')}` },
  )
}

function bash(): string {
  return `# Completions of confluentql for bash: source <(confluentql completion bash)
_confluentql() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} found
  # bash takes the = of --output=json for a word of its own
  [[ $current == = ]] && current=
  found=$(SHELL=bash confluentql ${ASKS} "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  if [[ $found == ${FILES} ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$found" -- "$current"))
  fi
}
complete -F _confluentql confluentql
`
}

function zsh(): string {
  return `#compdef confluentql
# Completions of confluentql for zsh: confluentql completion zsh > a file _confluentql in a folder of $fpath
_confluentql() {
  local -a found
  found=("\${(@f)$(SHELL=zsh confluentql ${ASKS} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  compset -P '--*='
  if [[ $found[1] == ${FILES} ]]; then
    _files
  elif [[ -n $found[1] ]]; then
    _describe confluentql found
  fi
}
if [[ \${funcstack[1]} == _confluentql ]]; then _confluentql "$@"; else compdef _confluentql confluentql; fi
`
}
