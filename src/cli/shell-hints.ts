import { META } from './script/meta.ts'

/** Options of the command line that a meta-command replaces. */
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w-])(?:-o|--output) (\w+)/g, '.mode $1'],
  [/--out (\S+)/g, '.once $1'],
  [/(?<![\w-])-v (\w+)=(\S+)/g, '.set $1 $2'],
  [/--skip-unreachable/g, '.skip on'],
  [/--dry-run/g, '.dryrun on'],
  [/--trace/g, '.trace on'],
  [/--profile (\w+)/g, '.profile $1'],
]

/** A hint for the shell: with meta-commands instead of options of the command line, which cannot be given at a prompt. */
export function shellHint(hint: string): string {
  const metaCommand = new RegExp(String.raw`(?:^|[\s(])\.(?:${META.map(c => c.name).join('|')})\b`)
  if (metaCommand.test(hint) || /\bstart\b/.test(hint)) return hint
  const text = COMMANDS.reduce((shown, [option, command]) => shown.replace(option, command), hint)
  const [option] = /(?<![\w-])--[a-z][a-z-]+/.exec(text) ?? []
  return option === undefined ? text : `${text} (${option} is given when the shell is started)`
}
