import { closest } from '../../catalog/names.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { FORMAT_NAMES } from '../../render/renderer.ts'
import { REFUSED } from '../../sql/other-statements.ts'
import { STARTS } from '../../sql/tokens.ts'
import { formatByAlias } from '../formats.ts'
import { COMMANDS, commandOf, EVERYWHERE, OPTIONS, optionsOf, signature } from './grammar.ts'
import type { ActionSpec, CommandName, CommandSpec } from './spec.ts'
import { EQUIVALENT_OPTIONS, instead } from './habits.ts'
import { unmarkFlag } from './marks.ts'
import type { Words } from './words.ts'

export const usage = (
  message: string,
  hint = 'confluentql --help lists commands and options',
): ConfluentqlError => new ConfluentqlError('USAGE', message, { hint })

/** The error for a failed check: yargs' own check with its `message`, or `error` from our checks. */
export function faultOf(
  message: string,
  error: Error | undefined,
  words: Words,
  argv: readonly string[],
): ConfluentqlError {
  if (error instanceof ConfluentqlError) return error
  const [name] = words.unknown
  if (name !== undefined) return unknownOption(name, words.command, argv)
  const [, missing] = /^Not enough arguments following: (.*)$/.exec(message) ?? []
  if (missing !== undefined) {
    const spelling = spelled(missing)
    return usage(`${spelling} needs a value: ${spelling} ${optionOf(missing)?.value}`)
  }
  const [, unexpected] = /^Argument unexpected for: (.*)$/.exec(message) ?? []
  if (unexpected !== undefined) {
    const known = OPTIONS.find(o => o.name.startsWith(`${unexpected}=`))
    return usage(`${spelled(unexpected)} takes no value${known ? `, or is written --${known.name}` : ''}`)
  }
  const [, one, other] = /^Arguments (.*) and (.*) are mutually exclusive$/.exec(message) ?? []
  if (one !== undefined) return usage(`--${unmarkFlag(one)} and --${other} cannot be combined`)
  return operandFault(words) ?? usage(message)
}

/** The checks that yargs does not have. @throws ConfluentqlError USAGE */
export function checkWords(words: Words, argv: readonly string[]): void {
  const { command, values, unknown } = words
  const [other] = unknown
  if (other !== undefined) throw unknownOption(other, command, argv)
  // yargs accepts --f as -f
  const end = argv.indexOf('--')
  const letter = argv.slice(0, end < 0 ? undefined : end).find(word => /^--[A-Za-z](?:=|$)/.test(word))
  if (letter !== undefined) throw unknownOption(letter.slice(0, 3), command, argv)
  const twice = optionsOf(command).find(o => !o.isRepeatable && (values.get(o.name)?.length ?? 0) > 1)
  if (twice) throw usage(`--${twice.name} is given twice`)
  const fault = operandFault(words)
  if (fault) throw fault
  for (const file of values.get('file') ?? []) checkScript(file)
}

const spelled = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`)

function optionOf(name: string): (typeof OPTIONS)[number] | undefined {
  return OPTIONS.find(o => o.name === name || o.short === name || o.hidden?.includes(name))
}

/** `name` is the option as yargs reports it: of `-xyz` a single letter. */
function unknownOption(name: string, command: CommandName, argv: readonly string[]): ConfluentqlError {
  const option = optionOf(name)
  if (option) return notOfCommand(option, command)
  const spelling = name.startsWith('-') ? name : spelled(name)
  const word = argv.find(w =>
    spelling.length > 2 ? w.startsWith(spelling) : /^-[^-]/.test(w) && w.includes(name),
  )
  const names = [...optionsOf(command), ...EVERYWHERE].map(o => `--${o.name}`)
  const bare = word?.replace(/^--?/, '').toLowerCase() ?? name
  const format = FORMAT_NAMES.find(f => f === bare) ?? formatByAlias(bare)
  if (format !== undefined && names.includes('--output'))
    return usage(`no option ${word}; did you mean -o ${format}?`, hintOf(command))
  const advice = instead(spelling)
  if (advice !== undefined) return usage(`no option ${spelling}`, advice)
  const called = names.find(n => n === EQUIVALENT_OPTIONS[spelling])
  const near = called ?? (spelling.length > 2 ? closest(spelling, names) : undefined)
  return usage(`no option ${spelling}${near === undefined ? '' : `; did you mean ${near}?`}`, hintOf(command))
}

function notOfCommand({ name, commands }: (typeof OPTIONS)[number], command: CommandName): ConfluentqlError {
  return command === 'run'
    ? usage(`--${name} is an option of confluentql ${commands.join(', ')}`)
    : usage(`confluentql ${command} has no option --${name}`, hintOf(command))
}

const hintOf = (command: CommandName): string =>
  `confluentql ${command === 'run' ? '' : `${command} `}--help lists the options`

/** The error for a wrong number of operands, or for an operand that is not SQL. */
function operandFault(words: Words): ConfluentqlError | undefined {
  const { command, operands } = words
  const { actions } = commandOf(command)
  const fault = command === 'run' || command === 'exec' ? sqlFault(words) : undefined
  if (fault) return fault
  if (actions) return actionFault(words, actions)
  return numberFault(operands, commandOf(command), '')
}

/** The error for a first operand that is no action, or for a wrong number of operands of the action. */
function actionFault(
  { command, operands: [name, ...operands], values }: Words,
  actions: readonly ActionSpec[],
): ConfluentqlError | undefined {
  const names = actions.map(a => a.name)
  const lines = `usage: confluentql ${command} ${names.join('|')}`
  if (name === undefined) return usage(`${command} needs an action`, lines)
  const action = actions.find(a => a.name === name)
  if (!action) return usage(`${command} has no ${JSON.stringify(name)}${didYouMean(name, names)}`, lines)
  if (values.has('as') && name !== 'add') return usage('--as is an option of provider add')
  return numberFault(operands, action, `${command} `)
}

function numberFault(
  operands: readonly string[],
  spec: CommandSpec | ActionSpec,
  before: string,
): ConfluentqlError | undefined {
  const { operands: names, required, isRepeatable } = spec
  const lines = `usage: confluentql ${before}${signature(spec)}`
  const extra = isRepeatable ? undefined : operands[names.length]
  if (extra !== undefined)
    return usage(
      `${JSON.stringify(extra)} is one argument too many`,
      names[0] === 'SQL' ? 'pass all statements as one argument, in quotes' : lines,
    )
  return operands.length < required ? usage(`${names[operands.length]} is missing`, lines) : undefined
}

/** Whether a word without blanks ends with one of some extensions. */
function isFile(word: string, extensions: readonly string[]): boolean {
  const name = word.toLowerCase()
  return extensions.some(e => name.endsWith(e) && name.length > e.length) && !/\s/.test(word)
}

/** Whether statements begin with a word, here or in other programs. */
function isStatementWord(word: string): boolean {
  const name = word.toUpperCase()
  return Object.hasOwn(REFUSED, name) || (STARTS as readonly string[]).includes(name)
}

/** The error for an operand that is not SQL: a file name, an unknown command, or SQL without quotes. */
function sqlFault({ command, operands, beforeDashes, values }: Words): ConfluentqlError | undefined {
  const [first] = operands
  if (first === undefined || beforeDashes === 0) return undefined
  const file = operands.slice(0, beforeDashes).find(o => isFile(o, ['.sql', '.iql']))
  if (file !== undefined) return usage(`${file} is not SQL`, `a script is run with -f ${file}`)
  const data = operands.slice(0, beforeDashes).find(o => isFile(o, ['.json', '.jsonnet']))
  if (data !== undefined)
    return usage(
      `${data} is not SQL`,
      `${values.has('quiet') ? '-q is --quiet here; ' : ''}values for :NAME in the SQL are given with -v NAME=VALUE`,
    )
  if (command !== 'run' || !/^[\w-]+$/.test(first)) return undefined
  if (operands.length > 1)
    return usage(
      `${first} is not a command, and SQL must be one argument`,
      `put the SQL in quotes: confluentql "${operands.join(' ')}"`,
    )
  // a statement, or one of another program: its error says what to write
  if (isStatementWord(first)) return undefined
  const commands = COMMANDS.filter(c => c.name !== 'run').map(c => c.name as string)
  const owner = COMMANDS.find(c => c.actions?.some(({ name }) => name === first))
  const near = first === 'version' ? '--version' : owner ? `${owner.name} ${first}` : closest(first, commands)
  return usage(
    `no command ${first}${near === undefined ? '' : `; did you mean ${near}?`}`,
    `commands: ${commands.join(', ')}; SQL is one argument, in quotes`,
  )
}

/** Rejects `-f out.csv`: in StackQL `-f` names the output file. @throws ConfluentqlError USAGE */
function checkScript(file: string): void {
  if (/\.(?:csv|tsv|json|ndjson|jsonl|md|html|xlsx|parquet)$/i.test(file))
    throw usage(
      `-f ${file}: -f runs a script, and ${file} is not one`,
      `--out ${file} writes the result there`,
    )
}
