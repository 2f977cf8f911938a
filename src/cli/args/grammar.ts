import { FORMAT_NAMES } from '../../render/renderer.ts'
import type { CommandName, CommandSpec, OptionSpec } from './spec.ts'

const SQL = ['run', 'exec', 'shell'] as const
const QUERY = [...SQL, 'diff'] as const
const CALLS = [...QUERY, 'doctor'] as const
const RESULTS = [...CALLS, 'provider'] as const

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: 'file',
    short: 'f',
    hidden: ['infile', 'i'],
    value: 'FILE',
    kind: 'file',
    isRepeatable: true,
    group: 'Input',
    commands: ['run', 'exec'],
    help: 'run a script; repeatable; - is standard input',
  },
  {
    name: 'var',
    short: 'v',
    value: 'NAME=VALUE',
    isRepeatable: true,
    group: 'Input',
    commands: QUERY,
    help: 'a value for :NAME in the SQL',
  },
  {
    name: 'db',
    value: 'FILE',
    kind: 'file',
    group: 'Input',
    commands: QUERY,
    help: 'SQLite file that keeps tables and views',
  },
  {
    name: 'key',
    value: 'COLUMNS',
    isRepeatable: true,
    group: 'Input',
    commands: ['diff'],
    help: 'columns that identify a row',
  },
  {
    name: 'ignore',
    value: 'COLUMNS',
    isRepeatable: true,
    group: 'Input',
    commands: ['diff'],
    help: 'columns that are not compared',
  },
  {
    name: 'output',
    short: 'o',
    value: 'FORMAT',
    kind: 'format',
    group: 'Output',
    commands: RESULTS,
    help: FORMAT_NAMES.join(', '),
  },
  {
    name: 'out',
    value: 'FILE',
    kind: 'file',
    group: 'Output',
    commands: RESULTS,
    help: 'write there; the format follows its extension',
  },
  { name: 'no-header', group: 'Output', commands: RESULTS, help: 'no column names (table, csv, tsv)' },
  { name: 'null', value: 'TEXT', group: 'Output', commands: RESULTS, help: 'text for NULL' },
  {
    name: 'delimiter',
    value: 'C',
    group: 'Output',
    commands: RESULTS,
    help: 'csv: the character between values',
  },
  {
    name: 'sandbox',
    excludes: ['profile', 'config', 'endpoint'],
    group: 'API',
    commands: CALLS,
    help: 'run against a simulated organization',
  },
  {
    name: 'profile',
    value: 'NAME',
    kind: 'profile',
    group: 'API',
    commands: [...CALLS, 'init'],
    help: 'use this profile of the profile file',
  },
  {
    name: 'config',
    value: 'FILE',
    kind: 'file',
    group: 'API',
    commands: [...CALLS, 'init'],
    help: 'instead of ~/.config/confluentql/config.yaml',
  },
  {
    name: 'endpoint',
    value: 'URL',
    group: 'API',
    commands: CALLS,
    help: 'base URL instead of https://api.confluent.cloud',
  },
  { name: 'timeout', value: 'SEC', group: 'API', commands: CALLS, help: 'seconds for one request (30)' },
  { name: 'retries', value: 'N', group: 'API', commands: CALLS, help: 'retries of a failed request (4)' },
  {
    name: 'concurrency',
    value: 'N',
    group: 'API',
    commands: QUERY,
    help: 'concurrent requests to a host (4)',
  },
  {
    name: 'show-secrets',
    group: 'API',
    commands: QUERY,
    help: 'show secrets in answers instead of masking them',
  },
  { name: 'require-keys', group: 'API', commands: QUERY, help: 'SELECT must give every required parameter' },
  { name: 'skip-unreachable', group: 'API', commands: SQL, help: 'leave out what cannot be reached' },
  { name: 'dry-run', group: 'Changes', commands: SQL, help: 'show the requests that would change something' },
  { name: 'await', group: 'Changes', commands: SQL, help: 'wait until a change has taken effect' },
  {
    name: 'await-timeout',
    value: 'SEC',
    group: 'Changes',
    commands: SQL,
    help: 'seconds to wait for each resource',
  },
  {
    name: 'continue-on-error',
    group: 'Messages',
    commands: SQL,
    help: 'continue after a failed statement or row',
  },
  { name: 'trace', group: 'Messages', commands: CALLS, help: 'each request on standard error' },
  { name: 'quiet', short: 'q', group: 'Messages', commands: RESULTS, help: 'only rows and errors' },
  { name: 'no-progress', group: 'Messages', commands: CALLS, help: 'no progress line' },
  { name: 'no-color', group: 'Messages', commands: RESULTS, help: 'no colours' },
  { name: 'force', group: 'Changes', commands: ['init'], help: 'replace a profile file that exists' },
  {
    name: 'port',
    value: 'N',
    group: 'API',
    commands: ['sandbox'],
    help: 'listen on this port; by default any free one',
  },
]

/** Options of every command; they print a text and exit. */
export const EVERYWHERE: readonly Pick<OptionSpec, 'name' | 'short' | 'help'>[] = [
  { name: 'help', short: 'h', help: 'show this' },
  { name: 'version', help: 'show the version' },
]

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    operands: ['SQL'],
    required: 0,
    help: 'SQL over the Confluent Cloud API: every resource is a table',
    about: ['Without SQL: statements from standard input if it is piped, else a shell.'],
    examples: [
      '--sandbox "SELECT id, email FROM confluent.iam.users LIMIT 5"',
      '"DESCRIBE confluent.iam.invitations"',
      '-f audit.sql -v days=90 --out audit.csv',
      'diff monday.json "SELECT * FROM confluent.iam.users" --key id',
    ],
  },
  {
    name: 'exec',
    operands: ['SQL'],
    required: 0,
    help: 'run SQL, as without a command',
    about: ['The same as confluentql without a command.'],
    examples: ['exec "SHOW SERVICES IN confluent"'],
  },
  {
    name: 'shell',
    operands: [],
    required: 0,
    help: 'type statements at a prompt',
    about: ['Statements end with a semicolon. Type .help at the prompt.'],
    examples: ['shell --sandbox'],
  },
  {
    name: 'diff',
    operands: ['OLD', 'NEW'],
    required: 2,
    kind: 'file',
    help: 'what differs between two results',
    about: [
      'Each side is a saved result (.json, .ndjson, .csv, .tsv, .parquet), a table of a database file (FILE.db:TABLE, or TABLE with --db), SQL that is run now, or @FILE.sql.',
      'Rows are matched by --key, else by a column named id, else by all their columns. The exit status is 0 if nothing differs, 3 if something does.',
    ],
    examples: [
      'diff monday.json tuesday.json',
      'diff --ignore updated_at @keys.sql inventory.db:keys_monday',
    ],
  },
  {
    name: 'init',
    operands: [],
    required: 0,
    help: 'write a profile file',
    about: [
      'On a terminal it asks for what the file needs; nothing that is typed as a secret is shown. Elsewhere it writes a commented sample without secrets. Only you can read the file. A file that exists is not touched without --force.',
    ],
    examples: ['init', 'init --profile production --config ./confluentql.yaml'],
  },
  {
    name: 'doctor',
    operands: [],
    required: 0,
    help: 'check installation, configuration and access',
    about: [
      'Calls each configured host once, without changing anything, and says what is wrong and how to fix it. The exit status is 1 if something is wrong.',
    ],
    examples: ['doctor', 'doctor --profile production -o json'],
  },
  {
    name: 'sandbox',
    operands: [],
    required: 0,
    help: 'serve a simulated organization on 127.0.0.1',
    about: ['Serves until Ctrl-C. Prints the variables to export for programs that are to use it.'],
    examples: ['sandbox --port 8080'],
  },
  {
    name: 'provider',
    operands: ['drift', 'PATH'],
    required: 2,
    isRepeatable: true,
    actions: ['drift'],
    kind: 'file',
    help: 'compare the provider files with OpenAPI documents',
    about: [
      'PATH is an OpenAPI 3 document, JSON or YAML, or a folder of them. What is compared: resources, methods, parameters, fields of bodies and answers, types, known values. Services that no document describes are left out, and named.',
      'Shows what one side has alone. Differences that the provider files accept, with a reason, are only counted. The exit status is 0 if there is no other, 3 if there is.',
    ],
    examples: ['provider drift openapi/', 'provider drift iam.yaml cmk.json -o json'],
  },
  {
    name: 'completion',
    operands: ['SHELL'],
    required: 1,
    kind: 'shell',
    help: 'print completions for bash, zsh or fish',
    about: ['Prints a script that makes the Tab key complete commands, options and their values.'],
    examples: [
      'completion bash >> ~/.bash_completion',
      'completion zsh > ~/.zfunc/_confluentql',
      'completion fish > ~/.config/fish/completions/confluentql.fish',
    ],
  },
  {
    name: 'help',
    operands: ['COMMAND'],
    required: 0,
    kind: 'command',
    help: 'explain a command',
    about: ['The same as confluentql COMMAND --help.'],
    examples: ['help diff'],
  },
]

/** The command of that name. */
export function commandOf(name: CommandName): CommandSpec {
  return COMMANDS.find(c => c.name === name)!
}

/** The options that a command takes, without `--help` and `--version`. */
export function optionsOf(name: CommandName): readonly OptionSpec[] {
  return OPTIONS.filter(o => o.commands.includes(name))
}

/** The short and hidden spellings of an option, without dashes. */
export function aliasesOf({ short, hidden = [] }: Pick<OptionSpec, 'short' | 'hidden'>): string[] {
  return [...(short === undefined ? [] : [short]), ...hidden]
}

/** `diff OLD NEW`, `exec [SQL]`, `provider drift PATH...` */
export function signature(command: CommandSpec): string {
  return [command.name, ...shownOperands(command)].join(' ')
}

/** The operands as usage shows them. */
export function shownOperands({ operands, required, isRepeatable }: CommandSpec): string[] {
  return operands.map((operand, i) => {
    const shown = isRepeatable && i === operands.length - 1 ? `${operand}...` : operand
    return i < required ? shown : `[${shown}]`
  })
}
