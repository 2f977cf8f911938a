import type { Argv } from 'yargs'
import { FORMAT_NAMES } from '../../render/renderer.ts'
import { aliasesOf, COMMANDS, EVERYWHERE, OPTIONS, optionsOf, signature } from './grammar.ts'
import { type CommandSpec, type Kind, type OptionSpec, SHELLS } from './spec.ts'
import { blankParser, READING } from './parser.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The first argument with which a completion script asks for the candidates of the last word. */
export const ASKS = '--get-yargs-completions'

/** Printed instead of candidates where a file name is expected. */
export const FILES = ':files'

/**
 * The candidates for the last word, from yargs; the first word is the program. Words for bash, `word:description` for zsh,
 * as the variable SHELL says; not filtered by what is typed. FILES where a file name is expected.
 */
export async function offers(typed: readonly string[], env: Env): Promise<string[]> {
  const words = typed.flatMap((word, i) => splitValue(word, i === typed.length - 1))
  const current = words.at(-1) ?? ''
  const before = valuedOption(words.at(-2))
  if (before && before.kind === undefined) return []
  const action = before ? undefined : actionsAt(words)
  if (action && !current.startsWith('-')) return action.filter(word => word.startsWith(current))
  const operand = before ? undefined : kindOfOperand(words)
  if (before?.kind === 'file' || (operand === 'file' && !current.startsWith('-'))) return [FILES]
  if (operand === 'provider' && !current.startsWith('-')) return providerNames(env)
  const profiles = before?.kind === 'profile' ? await safeProfiles(env) : []
  let found = ''
  await parserFor(choices(profiles)).parse(
    [ASKS, ...normalized(words)],
    (_error: unknown, _read: unknown, output: string) => {
      found = output
    },
  )
  return found.split('\n').filter(line => line !== '' && line.startsWith('-') === current.startsWith('-'))
}

/**
 * Splits `--output=js` into option and value. zsh passes it as one word; bash as three, since `=` is a word of its own
 * there, and the last word if no value is typed yet.
 */
function splitValue(word: string, isLast: boolean): string[] {
  if (word === '=') return isLast ? [''] : []
  const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
  return option === undefined || !valuedOption(option) ? [word] : [option, value!]
}

/** Names of profiles, without those that contain characters special to a shell. */
async function safeProfiles(env: Env): Promise<string[]> {
  const names = await (await import('../../config/load.ts')).profileNames(env)
  return names.filter(name => /^[\w.@%+=-]+$/.test(name))
}

/** Names of added providers. */
export async function providerNames(env: Env): Promise<string[]> {
  return (await import('../../registry/record.ts')).installedProviders(env).map(one => one.name)
}

const choices = (profiles: readonly string[]): Readonly<Partial<Record<Kind, readonly string[]>>> => ({
  format: FORMAT_NAMES,
  shell: SHELLS,
  command: COMMANDS.filter(c => c.name !== 'run').map(c => c.name),
  profile: profiles,
})

/** A yargs parser with descriptions and known values. */
function parserFor(known: ReturnType<typeof choices>): Argv {
  const parser = blankParser().parserConfiguration(READING)
  const declare = (to: Argv, options: readonly Partial<OptionSpec>[], more: object): void => {
    for (const option of options)
      to.option(option.name!, {
        type: option.value === undefined ? 'boolean' : 'string',
        nargs: option.value === undefined ? 0 : 1,
        describe: option.help,
        choices: option.kind && known[option.kind],
        ...more,
      })
  }
  declare(parser, optionsOf('run'), { global: false })
  // hidden, but declared so that their values are recognized
  declare(
    parser,
    OPTIONS.filter(o => !o.commands.includes('run')),
    { global: false, hidden: true },
  )
  for (const command of COMMANDS.slice(1))
    parser.command(signature(command), command.help, own => {
      declare(own, optionsOf(command.name), {})
      const values = command.kind && known[command.kind]
      if (values) for (const operand of command.operands) own.positional(operand, { choices: values })
    })
  declare(parser, EVERYWHERE, {})
  return parser
}

/** The words with long option names, without repeatable options, and without values that could be taken for commands. */
function normalized(words: readonly string[]): string[] {
  const found: string[] = []
  const last = words.length - 1
  for (let i = 0; i <= last; i++) {
    const option = i < last ? valuedOption(words[i]) : undefined
    // yargs would take a completely typed name for an option that is already given
    if (!option) found.push(i === last && words[i]!.startsWith('-') ? '-' : words[i]!)
    else if (i + 1 === last) found.push(`--${option.name}`)
    else {
      i += 1
      if (!option.isRepeatable) found.push(`--${option.name}`, 'value')
    }
  }
  return found
}

/** The option that a word is, if it takes a value. */
function valuedOption(word: string | undefined): OptionSpec | undefined {
  return OPTIONS.find(
    o =>
      o.value !== undefined
      && [o.name, ...aliasesOf(o)].some(n => word === (n.length === 1 ? `-${n}` : `--${n}`)),
  )
}

/** The kind of operand that is expected next. */
function kindOfOperand(words: readonly string[]): Kind | undefined {
  const [name, action, ...operands] = plainWords(words)
  const { kind, actions } = commandAmong([name ?? '']) ?? {}
  if (!actions) return kind
  const { kinds = [], isRepeatable } = actions.find(a => a.name === action) ?? {}
  return kinds[isRepeatable ? 0 : operands.length]
}

/** The words of which the last one must be, where it is the first operand of such a command. */
function actionsAt(words: readonly string[]): readonly string[] | undefined {
  const before = plainWords(words)
  return before.length === 1 ? commandAmong(before)?.actions?.map(a => a.name) : undefined
}

const commandAmong = ([first]: readonly string[]): CommandSpec | undefined =>
  COMMANDS.find(c => c.name !== 'run' && c.name === first)

/** The words between the program and the last that are neither options nor values of options. */
function plainWords(words: readonly string[]): string[] {
  return words.slice(1, -1).filter((word, i) => !word.startsWith('-') && !valuedOption(words[i]))
}
