import { delimiter } from 'node:path'
import { formatOf } from '../../render/renderer.ts'
import type { Format } from '../../render/types.ts'
import { formatNamed } from '../formats.ts'
import { isDay, today } from '../day.ts'
import { usage } from './faults.ts'
import type { CommandName } from './spec.ts'
import { maskText } from '../../secrets.ts'
import type { Words } from './words.ts'

/** Milliseconds for one statement of a server. */
const STATEMENT_TIMEOUT = 300_000

/** The parsed command line. */
export interface CliOptions {
  readonly command: Exclude<CommandName, 'exec' | 'help'>
  /** The words after the command. */
  readonly operands: readonly string[]
  /** SQL from the command line. Without it and without `files`: standard input. */
  readonly sql: string | undefined
  readonly files: readonly string[]
  readonly format: Format
  readonly out: string | undefined
  /** Values as text. */
  readonly variables: Readonly<Record<string, string>>
  /** `export`: the columns whose values are folders. */
  readonly partitionBy: readonly string[]
  /** `export`: complete an earlier run. */
  readonly resume: boolean
  /** `diff`: the columns that identify a row. */
  readonly key: readonly string[]
  /** `diff`: the columns that are not compared. */
  readonly ignore: readonly string[]
  /** `check`: the file of accepted findings. */
  readonly baseline: string | undefined
  /** `check`: the day until which all findings are added to that file. */
  readonly acceptUntil: string | undefined
  /** `check`: further files that the result is written to. */
  readonly reports: readonly string[]
  /** `snapshot`: the SQLite file or folder. */
  readonly to: string | undefined
  /** `snapshot`: milliseconds for which older ones are kept. */
  readonly keep: number | undefined
  readonly sandbox: boolean
  readonly sandboxSize: 'small' | 'large'
  /** SQLite file for tables and views of the session. */
  readonly db: string | undefined
  readonly port: number
  /** `serve`: the address to listen on. */
  readonly host: string | undefined
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly passwordFile: string | undefined
  readonly maxConnections: number | undefined
  /** Milliseconds. */
  /** Milliseconds. */
  readonly statementTimeout: number
  /** Seconds. */
  readonly cache: number | undefined
  readonly healthPort: number | undefined
  readonly logStatements: boolean
  readonly allowChanges: boolean
  /** `mcp`: most rows of an answer. */
  readonly maxRows: number | undefined
  /** `mcp`: the file that each call is written to. */
  readonly audit: string | undefined
  readonly endpoint: string | undefined
  /** Name of the profile, or names of several: `a,b`. */
  readonly profile: string | undefined
  readonly allProfiles: boolean
  /** The profile file, instead of the user's own. */
  readonly config: string | undefined
  /** Folders of further providers. */
  readonly providerPath: readonly string[]
  /** `init`: replace an existing file. */
  readonly force: boolean
  /** `provider add`: the name, instead of the document's own. */
  readonly as: string | undefined
  /** `provider add`, `update`: consent without a question. */
  readonly yes: boolean
  readonly dryRun: boolean
  readonly skipUnreachable: boolean
  readonly showSecrets: boolean
  readonly requireKeys: boolean
  readonly await: boolean
  /** Milliseconds. */
  readonly awaitTimeout: number | undefined
  readonly trace: boolean
  readonly traceBodies: boolean
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly retries: number | undefined
  readonly concurrency: number | undefined
  /** Megabytes. */
  readonly memory: number | undefined
  readonly header: boolean
  readonly nullText: string | undefined
  readonly delimiter: string | undefined
  readonly continueOnError: boolean
  readonly quiet: boolean
  readonly progress: boolean
  readonly color: boolean | undefined
}

/** The options that parsed words mean. @throws ConfluentqlError USAGE */
export function toOptions({ command, operands, values }: Words): CliOptions {
  const one = (name: string): string | undefined => values.get(name)?.[0]
  const many = (name: string): readonly string[] => values.get(name) ?? []
  const has = (name: string): boolean => values.has(name)
  // as -f - is standard input
  const out = one('out') === '-' ? undefined : one('out')
  if ((command === 'diff' || command === 'check') && one('output')?.toLowerCase() === 'chart')
    throw usage(`a ${command} cannot be drawn as a chart`, 'choose table, html or another format')
  if (command === 'snapshot' && !one('to'))
    throw usage('snapshot needs --to', 'a SQLite file (--to inventory.db) or a folder of Parquet files')
  if (has('accept-until') && !one('baseline'))
    throw usage('--accept-until needs the file to write', '--baseline accepted.yaml')
  if (out === '') throw usage('--out needs a file')
  if (command === 'export' && out === undefined) throw usage('export needs a folder to write to', '--out DIR')
  if (one('db') === '') throw usage('--db needs a file')
  if (one('audit') === '') throw usage('--audit needs a file')
  if (one('config') === '') throw usage('--config needs a file')
  return {
    command: command === 'exec' || command === 'help' ? 'run' : command,
    sql: command === 'run' || command === 'exec' ? operands[0] : undefined,
    files: command === 'check' ? [...many('file'), ...operands] : many('file'),
    out,
    operands,
    format: command === 'export' ? exported(one('output')) : format(one('output'), out),
    partitionBy: columns('partition-by', many('partition-by')),
    resume: has('resume'),
    variables: variables(many('var')),
    db: one('db'),
    key: columns('key', many('key')),
    ignore: columns('ignore', many('ignore')),
    baseline: one('baseline'),
    acceptUntil: futureDay(one('accept-until')),
    reports: many('report'),
    to: one('to'),
    keep: duration('keep', one('keep')),
    sandbox: has('sandbox') || has('sandbox=large'),
    sandboxSize: has('sandbox=large') ? 'large' : 'small',
    port: whole('port', one('port'), 0, 65_535) ?? 0,
    host: one('host'),
    tlsCert: one('tls-cert'),
    tlsKey: one('tls-key'),
    passwordFile: one('password-file'),
    maxConnections: whole('max-connections', one('max-connections'), 1, 1000),
    statementTimeout:
      scale(number('query-timeout', one('query-timeout'), 0.001, 86_400), 1000) ?? STATEMENT_TIMEOUT,
    cache: number('cache', one('cache'), 0, 86_400),
    healthPort: whole('health-port', one('health-port'), 1, 65_535),
    logStatements: has('log-statements'),
    allowChanges: has('allow-changes'),
    maxRows: whole('max-rows', one('max-rows'), 1, 10_000),
    audit: one('audit'),
    endpoint: one('endpoint'),
    profile: one('profile'),
    allProfiles: has('all-profiles'),
    config: one('config'),
    providerPath: many('provider-path').map(folder),
    force: has('force'),
    as: one('as'),
    yes: has('yes'),
    dryRun: has('dry-run'),
    skipUnreachable: has('skip-unreachable'),
    trace: has('trace'),
    traceBodies: has('trace=bodies'),
    showSecrets: has('show-secrets'),
    requireKeys: has('require-keys'),
    await: has('await'),
    awaitTimeout: scale(number('await-timeout', one('await-timeout'), 0.001, 604_800), 1000),
    timeout: scale(number('timeout', one('timeout'), 0.001, 86_400), 1000),
    retries: whole('retries', one('retries'), 0, 100),
    concurrency: whole('concurrency', one('concurrency'), 1, 1000),
    memory: whole('memory', one('memory'), 1, 1_000_000),
    header: !has('no-header'),
    nullText: one('null'),
    delimiter: separator(one('delimiter')),
    continueOnError: has('continue-on-error'),
    quiet: has('quiet'),
    progress: !has('no-progress'),
    color: has('no-color') ? false : undefined,
  }
}

/** Comma-separated names from all occurrences of the option. */
function columns(option: string, texts: readonly string[]): string[] {
  const names = texts.flatMap(t => t.split(',')).map(n => n.trim())
  if (names.includes('')) throw usage(`--${option} needs names of columns, with commas between them`)
  return names
}

function folder(path: string): string {
  if (path === '') throw usage('--provider-path needs a folder')
  if (!path.includes(delimiter)) return path
  throw usage(
    `--provider-path ${path}: a folder with ${delimiter} in its path cannot be named`,
    'give the option once for each folder',
  )
}

const HOUR = 3_600_000
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR }

/** Milliseconds of a time such as 90d. */
function duration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, digits, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  if (digits !== undefined && Number(digits) > 0) return Number(digits) * UNITS[unit!]!
  throw usage(`--${name} ${text}: needs a number of hours, days or weeks: 12h, 90d, 12w`)
}

function futureDay(text: string | undefined): string | undefined {
  if (text === undefined || (isDay(text) && text >= today())) return text
  throw usage(`--accept-until ${text}: needs a day, today or later: ${today().slice(0, 4)}-12-31`)
}

const scale = (value: number | undefined, by: number): number | undefined =>
  value === undefined ? undefined : value * by

function format(name: string | undefined, out: string | undefined): Format {
  if (name === undefined) return out === undefined ? 'table' : formatOf(out)
  return formatNamed(name)
}

/** The formats of `export`: those that readers of partitioned folders take. */
function exported(name = 'parquet'): Format {
  const found = formatNamed(name)
  if (found === 'parquet' || found === 'csv' || found === 'ndjson') return found
  throw usage(`export does not write ${found}`, 'choose parquet, csv or ndjson')
}

/** The values of -v. @throws ConfluentqlError USAGE for two values of a name: with one of them alone, the result would lack rows */
function variables(texts: readonly string[]): Record<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of texts.map(variable)) {
    if ((values.get(name) ?? value) !== value)
      throw usage(
        `-v ${name} has two values`,
        `give a list as JSON, -v ${name}='["a","b"]', and write IN (SELECT value FROM json_each(:${name}))`,
      )
    values.set(name, value)
  }
  return Object.fromEntries(values)
}

/** Parses NAME=VALUE. */
function variable(text: string): [string, string] {
  const at = text.indexOf('=')
  // the rest may be a secret
  const [shown = ''] = /^[\w.]*/.exec(text) ?? []
  if (at < 1) throw usage(`-v ${shown}${shown === text ? '' : '…'}: write -v NAME=VALUE`)
  if (/^[:$@]/.test(text)) {
    const masked = maskText(text)
    throw usage(`-v ${masked}: write the name without ${text[0]!}, -v ${masked.slice(1)}`)
  }
  return [text.slice(0, at), text.slice(at + 1)]
}

function number(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max) return value
  throw usage(`--${name} ${text}: needs a number from ${min} to ${max}`)
}

function whole(name: string, text: string | undefined, min: number, max: number): number | undefined {
  const value = number(name, text, min, max)
  if (value === undefined || Number.isInteger(value)) return value
  throw usage(`--${name} ${text}: needs a whole number`)
}

function separator(text: string | undefined): string | undefined {
  const value = text === '\\t' ? '\t' : text
  if (value === undefined || [...value].length === 1) return value
  throw usage(`--delimiter ${JSON.stringify(text)}: needs one character`)
}
