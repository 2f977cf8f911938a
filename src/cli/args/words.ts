import { parseArgs } from 'node:util'
import { closest } from '../../catalog/names.ts'
import { ConfluentqlError } from '../../errors.ts'
import { FORMAT_NAMES } from '../../render/renderer.ts'
import { formatCalled } from '../script/habits.ts'
import { COMMANDS, EVERYWHERE, OPTIONS, type CommandName, type OptionSpec } from './grammar.ts'

/** A command line, taken apart: which command, its operands, the texts of its options. */
export interface Words {
  readonly command: CommandName
  readonly operands: readonly string[]
  /** The values of an option in their order; of one without a value, one empty text. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** `--help`: of the command; `--version`. */
  readonly asks: 'help' | 'version' | undefined
}

export const usage = (
  message: string,
  hint = 'confluentql --help lists commands and options',
): ConfluentqlError => new ConfluentqlError('USAGE', message, { hint })

const BY_SPELLING = new Map<string, Pick<OptionSpec, 'name' | 'value' | 'isRepeatable' | 'commands'>>([
  ...OPTIONS.flatMap(o =>
    [o.name, ...(o.short ? [o.short] : []), ...(o.hidden ?? [])].map(s => [s, o] as const),
  ),
  ...EVERYWHERE.flatMap(o =>
    [o.name, ...(o.short ? [o.short] : [])].map(
      s => [s, { ...o, commands: COMMANDS.map(c => c.name) }] as const,
    ),
  ),
])

/** Every spelling as `parseArgs` wants it, a letter as the short form of itself. */
const CONFIG = Object.fromEntries(
  [...BY_SPELLING].map(([spelling, { value }]) => [
    spelling,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(spelling.length === 1 && { short: spelling }),
    },
  ]),
)

/** `--` and a blank in one word: SQL that begins with a comment. */
const isComment = (word: string): boolean => /^--[^=\s]*\s/.test(word)

/**
 * Takes the words after `confluentql` apart. Options may stand anywhere before `--`, letters together with each other
 * or with their value (`-qo json`, `-ojson`), long ones with `=`.
 * @throws ConfluentqlError USAGE for what no command has, or not this one
 */
export function readWords(argv: readonly string[]): Words {
  // what the parser must not look into is read from argv, by its place
  const { tokens } = parseArgs({
    args: argv.map(word => (isComment(word) ? 'sql' : word)),
    options: CONFIG,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const end = tokens.find(t => t.kind === 'option-terminator')?.index ?? Infinity
  const rest = tokens
    .filter(t => t.kind === 'positional')
    .map(t => ({ text: argv[t.index]!, isPlain: t.index < end }))
  const found = rest[0]?.isPlain
    ? COMMANDS.find(c => c.name !== 'run' && c.name === rest[0]!.text)
    : undefined
  const command = found?.name ?? 'run'
  const values = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = BY_SPELLING.get(token.name)
    if (!option || token.rawName !== `${token.name.length === 1 ? '-' : '--'}${token.name}`)
      throw unknownOption(token.rawName, argv[token.index]!, command)
    const text = valueOf(token, option, argv)
    if (values.has(option.name) && !option.isRepeatable && option.value !== undefined)
      throw usage(`--${option.name} is given twice`)
    values.set(option.name, [...(values.get(option.name) ?? []), text])
  }
  const operands = rest.slice(found ? 1 : 0)
  const asks = values.has('help') ? 'help' : values.has('version') ? 'version' : undefined
  if (!asks) check(command, operands, values)
  return { command, operands: operands.map(o => o.text), values, asks }
}

function valueOf(
  token: {
    readonly rawName: string
    readonly index: number
    readonly value: string | undefined
    readonly inlineValue: boolean | undefined
  },
  option: Pick<OptionSpec, 'name' | 'value'>,
  argv: readonly string[],
): string {
  if (option.value === undefined) {
    if (token.inlineValue) throw usage(`--${option.name} takes no value`)
    return ''
  }
  if (token.inlineValue) return token.rawName.startsWith('--') ? token.value! : token.value!.replace(/^=/, '')
  const text = argv[token.index + 1]
  if (text === undefined) throw usage(`${token.rawName} needs a value: ${token.rawName} ${option.value}`)
  return text
}

/** Options of other programs: the closest of ours. */
const CALLED: Readonly<Record<string, string>> = {
  '--outfile': '--out',
  '--hideheaders': '--no-header',
  '--no-headers': '--no-header',
  '--noheader': '--no-header',
  '-H': '--no-header',
  '-t': '--no-header',
  '--tuples-only': '--no-header',
  '--format': '--output',
  '--iqldata': '--var',
  '--set': '--var',
  '-V': '--version',
  '--verbose': '--trace',
  '--debug': '--trace',
  '--silent': '--quiet',
  '--auth': '--profile',
}
const NO_OPTION = new Set(['-c', '-e', '--command', '--execute', '--query', '--sql'])

function unknownOption(spelling: string, word: string, command: CommandName): ConfluentqlError {
  const names = [...OPTIONS.filter(o => o.commands.includes(command)), ...EVERYWHERE].map(o => `--${o.name}`)
  const name = word.replace(/^--?/, '').toLowerCase()
  const format = FORMAT_NAMES.find(f => f === name) ?? formatCalled(name)
  const called =
    format !== undefined && names.includes('--output')
      ? `-o ${format}`
      : names.find(n => n === CALLED[spelling])
  const near = called ?? (spelling.startsWith('--') ? closest(spelling, names) : undefined)
  if (called === undefined && NO_OPTION.has(spelling))
    return usage(`no option ${spelling}`, 'SQL is a word without an option: confluentql "SELECT …"')
  return usage(
    `no option ${format === undefined ? spelling : word}${near === undefined ? '' : `; did you mean ${near}?`}`,
    hintOf(command),
  )
}

const hintOf = (command: CommandName): string =>
  `confluentql ${command === 'run' ? '' : `${command} `}--help lists the options`

function check(
  command: CommandName,
  operands: readonly { text: string; isPlain: boolean }[],
  values: Words['values'],
): void {
  for (const name of values.keys()) {
    const { commands } = BY_SPELLING.get(name)!
    if (commands.includes(command)) continue
    const [first, ...others] = commands
    if (command === 'run')
      throw usage(`--${name} is an option of confluentql ${[first, ...others].join(', ')}`)
    throw usage(`confluentql ${command} has no option --${name}`, hintOf(command))
  }
  const { operands: names, required } = COMMANDS.find(c => c.name === command)!
  const [first] = operands
  if ((command === 'run' || command === 'exec') && first?.isPlain && /^\S+\.(?:sql|iql)$/i.test(first.text))
    throw usage(`${first.text} is no SQL`, `a script is run with -f ${first.text}`)
  if (command === 'run' && first?.isPlain && /^[\w-]+$/.test(first.text)) {
    if (operands.length > 1)
      throw usage(
        `${first.text} is no command, and SQL is one word`,
        `put the SQL in quotes: confluentql "${operands.map(o => o.text).join(' ')}"`,
      )
    const commands = COMMANDS.filter(c => c.name !== 'run').map(c => c.name as string)
    const near = first.text === 'version' ? '--version' : closest(first.text, commands)
    throw usage(
      `no command ${first.text}${near === undefined ? '' : `; did you mean ${near}?`}`,
      `commands: ${commands.join(', ')}; SQL is a word with blanks, in quotes`,
    )
  }
  const extra = operands[names.length]
  if (extra)
    throw usage(
      `${JSON.stringify(extra.text)} is one word too many`,
      names[0] === 'SQL'
        ? 'give all statements in one word, in quotes'
        : `usage: confluentql ${[command, ...names].join(' ')}`,
    )
  if (operands.length < required)
    throw usage(`${names[operands.length]} is missing`, `usage: confluentql ${[command, ...names].join(' ')}`)
}
