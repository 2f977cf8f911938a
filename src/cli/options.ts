import yargs from 'yargs'
import { ConfluentqlError } from '../errors.ts'
import type { Format } from '../render/types.ts'
import type { Value } from '../catalog/types.ts'
import { FORMAT_NAMES, formatOf } from '../render/renderer.ts'
import { formatNamed } from './settings.ts'
import { plainValue } from './variables.ts'

/** What the command line asks for. */
export interface CliOptions {
  readonly command: 'run' | 'shell' | 'sandbox'
  /** Statements, or scripts to read; neither: standard input. */
  readonly sql: string | undefined
  readonly files: readonly string[]
  readonly format: Format
  readonly out: string | undefined
  readonly variables: Readonly<Record<string, Value>>
  readonly sandbox: boolean
  /** SQLite file for tables and views of the session. */
  readonly db: string | undefined
  readonly port: number
  readonly endpoint: string | undefined
  /** Of the profile file. */
  readonly profile: string | undefined
  readonly dryRun: boolean
  readonly showSecrets: boolean
  readonly await: boolean
  /** Milliseconds. */
  readonly awaitTimeout: number | undefined
  readonly trace: boolean
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly retries: number | undefined
  readonly concurrency: number | undefined
  readonly header: boolean
  readonly nullText: string | undefined
  readonly delimiter: string | undefined
  readonly keepGoing: boolean
  readonly quiet: boolean
  readonly progress: boolean
  readonly color: boolean | undefined
}

const usage = (message: string, hint = 'confluentql --help lists the options'): ConfluentqlError => new ConfluentqlError('USAGE', message, { hint })

/** The words after `confluentql`, read; help goes to `print` and gives undefined. @throws ConfluentqlError USAGE */
export async function readOptions(argv: readonly string[], version: string, print: (text: string) => void): Promise<CliOptions | undefined> {
  let failure: ConfluentqlError | undefined
  const parser = yargs()
    .scriptName('confluentql')
    .usage('$0 [options] [SQL]\n\nSQL over the Confluent Cloud API. Without SQL: statements from standard input, or a shell.')
    .command('$0 [sql]', 'run SQL statements', y => y.positional('sql', { type: 'string', describe: 'statements, separated by ;' }))
    .command('exec [sql]', 'the same', y => y.positional('sql', { type: 'string' }))
    .command('shell', 'type statements at a prompt')
    .command('sandbox', 'serve a simulated provider on 127.0.0.1 until Ctrl-C', y => y.option('port', { type: 'string', default: '0', describe: 'port, default any free one' }))
    .options(OPTIONS)
    .strict().version(version).help().alias('h', 'help').wrap(100).exitProcess(false).locale('en')
    .parserConfiguration({ 'duplicate-arguments-array': true, 'camel-case-expansion': false, 'boolean-negation': false, 'dot-notation': false, 'parse-numbers': false, 'parse-positional-numbers': false })
    .fail((message, error) => { failure = error instanceof ConfluentqlError ? error : usage(message ?? error?.message ?? 'the command line is wrong') })
  let output = ''
  const args = await parser.parseAsync(words(argv), {}, (_error, _args, text) => { output = text })
  if (failure) throw failure
  if (output !== '') {
    print(output)
    return undefined
  }
  return toOptions(args)
}

/** Marks an argument that the parser would take for an option; nothing on a command line has use for it. */
const MARK = '\v'

/** The arguments as the parser can take them: SQL that begins with a comment, what follows `--`, a value that is `-`, and `-ojson` in one word. */
function words(argv: readonly string[]): string[] {
  const stop = argv.indexOf('--')
  const all = stop < 0 ? argv : argv.slice(0, stop)
  const before = all.flatMap(word => {
    if (word === '-' || /^--[^=\s]*\s/.test(word)) return [MARK + word]
    if (word.endsWith('=-')) return [word.replace(/-$/, `${MARK}-`)]
    const joined = /^-([fiov])([^=].*)$/s.exec(word)
    return joined ? [`-${joined[1]}`, joined[2]!] : [word]
  })
  return stop < 0 ? before : [...before, ...argv.slice(stop + 1).map(word => MARK + word)]
}

const OPTIONS = {
  file: { alias: ['f', 'infile', 'i'], type: 'string', array: true, nargs: 1, describe: 'run a script; repeatable; - is standard input' },
  output: { alias: 'o', type: 'string', describe: `format: ${FORMAT_NAMES.join(', ')}` },
  out: { type: 'string', describe: 'write to a file, whole or not at all; the format follows its extension' },
  var: { alias: 'v', type: 'string', array: true, nargs: 1, describe: 'NAME=VALUE for :NAME in the SQL' },
  db: { type: 'string', describe: 'keep tables and views of the session in this SQLite file' },
  sandbox: { type: 'boolean', describe: 'run against an embedded sandbox' },
  endpoint: { type: 'string', describe: 'base URL instead of https://api.confluent.cloud' },
  profile: { type: 'string', describe: 'addresses and credentials of that name in ~/.config/confluentql/config.yaml' },
  'dry-run': { type: 'boolean', describe: 'show the requests that would change something, send none of them' },
  await: { type: 'boolean', describe: 'wait until what INSERT, UPDATE and DELETE begin is done' },
  'await-timeout': { type: 'string', describe: 'seconds to wait for one thing; by default what suits it' },
  'show-secrets': { type: 'boolean', describe: 'show secrets in results and requests, which else are masked' },
  trace: { type: 'boolean', describe: 'print each request on stderr' },
  timeout: { type: 'string', describe: 'seconds a request may take (30)' },
  retries: { type: 'string', describe: 'times a request is sent again (4)' },
  concurrency: { type: 'string', describe: 'requests at once, a host (4)' },
  'no-header': { type: 'boolean', describe: 'leave out the column names (table, csv, tsv)' },
  null: { type: 'string', describe: 'text for NULL' },
  delimiter: { type: 'string', describe: 'csv: character between values' },
  'continue-on-error': { type: 'boolean', describe: 'run the remaining statements after one fails' },
  quiet: { alias: 'q', type: 'boolean', describe: 'only rows and errors' },
  'no-progress': { type: 'boolean', describe: 'no progress line' },
  'no-color': { type: 'boolean', describe: 'no colours' },
} as const

function toOptions(args: Readonly<Record<string, unknown>> & { _: (string | number)[] }): CliOptions {
  const one = (name: string): string | undefined => {
    const value = args[name]
    if (Array.isArray(value)) throw usage(`--${name} is given twice`)
    return unmarked(value)
  }
  const many = (name: string): string[] => ((args[name] as string[] | undefined) ?? []).map(v => unmarked(v)!)
  const out = one('out')
  if (out === '') throw usage('--out needs a file')
  if (args.sandbox && one('profile') !== undefined) throw usage('--sandbox and --profile exclude each other')
  if (args.sandbox && one('endpoint') !== undefined) throw usage('--sandbox and --endpoint exclude each other')
  const [word] = args._
  return {
    command: word === 'shell' || word === 'sandbox' ? word : 'run',
    sql: one('sql'), files: many('file'), out,
    format: format(one('output'), out),
    variables: Object.fromEntries(many('var').map(variable)),
    db: one('db'), sandbox: Boolean(args.sandbox), port: whole('port', one('port'), 0, 65_535) ?? 0,
    endpoint: one('endpoint'), profile: one('profile'), dryRun: Boolean(args['dry-run']), trace: Boolean(args.trace),
    showSecrets: Boolean(args['show-secrets']), await: Boolean(args.await),
    awaitTimeout: scale(number('await-timeout', one('await-timeout'), 0.001, 604_800), 1000),
    timeout: scale(number('timeout', one('timeout'), 0.001, 86_400), 1000),
    retries: whole('retries', one('retries'), 0, 100), concurrency: whole('concurrency', one('concurrency'), 1, 1000),
    header: !args['no-header'], nullText: one('null'), delimiter: delimiter(one('delimiter')),
    keepGoing: Boolean(args['continue-on-error']), quiet: Boolean(args.quiet), progress: !args['no-progress'], color: args['no-color'] ? false : undefined,
  }
}

const unmarked = (value: unknown): string | undefined => (value === undefined ? undefined : String(value).replace(MARK, ''))

const scale = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value * by)

function format(name: string | undefined, out: string | undefined): Format {
  if (name === undefined) return out === undefined ? 'table' : formatOf(out)
  return formatNamed(name)
}

/** NAME=VALUE. */
function variable(text: string): [string, Value] {
  const at = text.indexOf('=')
  if (at < 1) throw usage(`-v ${text}: write -v NAME=VALUE`)
  return [text.slice(0, at), plainValue(text.slice(at + 1))]
}

function number(name: string, text: string | number | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (String(text).trim() !== '' && value >= min && value <= max) return value
  throw usage(`--${name} ${text}: needs a number from ${min} to ${max}`)
}

function whole(name: string, text: string | undefined, min: number, max: number): number | undefined {
  const value = number(name, text, min, max)
  if (value === undefined || Number.isInteger(value)) return value
  throw usage(`--${name} ${text}: needs a whole number`)
}

function delimiter(text: string | undefined): string | undefined {
  const value = text === '\\t' ? '\t' : text
  if (value === undefined || [...value].length === 1) return value
  throw usage(`--delimiter ${JSON.stringify(text)}: needs one character`)
}
