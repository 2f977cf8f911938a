import { FORMAT_NAMES } from '../../render/renderer.ts'

/** What a value or an operand is, for completion. */
export type Kind = 'file' | 'format' | 'profile' | 'shell' | 'command'

/** Headings of `--help`, in its order. */
export const GROUPS = ['Input', 'Output', 'API', 'Changes', 'Messages'] as const

export type CommandName = 'run' | 'exec' | 'shell' | 'sandbox' | 'diff' | 'doctor' | 'completion' | 'help'

/** An option. Parsing, help, man page and completions are made of these. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  /** Other spellings, which help does not list. */
  readonly hidden?: readonly string[]
  /** What its value is called; none: it takes no value. */
  readonly value?: string
  readonly kind?: Kind
  readonly isRepeatable?: boolean
  /** One line, in small letters, without a full stop. */
  readonly help: string
  readonly group: (typeof GROUPS)[number]
  readonly commands: readonly CommandName[]
}

/** A command: the first word after the options that is one of these names. `run` has no word. */
export interface CommandSpec {
  readonly name: CommandName
  /** What follows it, as usage shows it. */
  readonly operands: readonly string[]
  /** How many of the operands must be there. */
  readonly required: number
  readonly kind?: Kind
  readonly help: string
  /** Paragraphs for `help COMMAND` and the man page. */
  readonly about: readonly string[]
  /** Command lines, without `confluentql`. */
  readonly examples: readonly string[]
}

const SQL = ['run', 'exec', 'shell'] as const
const QUERY = [...SQL, 'diff'] as const
const CALLS = [...QUERY, 'doctor'] as const

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
    help: 'columns that say which rows belong together',
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
    commands: CALLS,
    help: FORMAT_NAMES.join(', '),
  },
  {
    name: 'out',
    value: 'FILE',
    kind: 'file',
    group: 'Output',
    commands: CALLS,
    help: 'write there; the format follows its extension',
  },
  { name: 'no-header', group: 'Output', commands: CALLS, help: 'no column names (table, csv, tsv)' },
  { name: 'null', value: 'TEXT', group: 'Output', commands: CALLS, help: 'text for NULL' },
  {
    name: 'delimiter',
    value: 'C',
    group: 'Output',
    commands: CALLS,
    help: 'csv: the character between values',
  },
  { name: 'sandbox', group: 'API', commands: CALLS, help: 'run against a simulated organization' },
  {
    name: 'profile',
    value: 'NAME',
    kind: 'profile',
    group: 'API',
    commands: CALLS,
    help: 'of ~/.config/confluentql/config.yaml',
  },
  {
    name: 'endpoint',
    value: 'URL',
    group: 'API',
    commands: CALLS,
    help: 'base URL instead of https://api.confluent.cloud',
  },
  { name: 'timeout', value: 'SEC', group: 'API', commands: CALLS, help: 'seconds for one request (30)' },
  { name: 'retries', value: 'N', group: 'API', commands: CALLS, help: 'times a request is sent again (4)' },
  { name: 'concurrency', value: 'N', group: 'API', commands: QUERY, help: 'requests at once, a host (4)' },
  {
    name: 'show-secrets',
    group: 'API',
    commands: QUERY,
    help: 'show secrets in answers, which else are masked',
  },
  { name: 'dry-run', group: 'Changes', commands: SQL, help: 'show the requests that would change something' },
  { name: 'await', group: 'Changes', commands: SQL, help: 'wait until what a statement begins is done' },
  {
    name: 'await-timeout',
    value: 'SEC',
    group: 'Changes',
    commands: SQL,
    help: 'seconds to wait for one thing',
  },
  {
    name: 'continue-on-error',
    group: 'Messages',
    commands: SQL,
    help: 'go on after a statement, or a row of a change, fails',
  },
  { name: 'trace', group: 'Messages', commands: CALLS, help: 'each request on standard error' },
  { name: 'quiet', short: 'q', group: 'Messages', commands: CALLS, help: 'only rows and errors' },
  { name: 'no-progress', group: 'Messages', commands: CALLS, help: 'no progress line' },
  { name: 'no-color', group: 'Messages', commands: CALLS, help: 'no colours' },
  {
    name: 'port',
    value: 'N',
    group: 'API',
    commands: ['sandbox'],
    help: 'listen on this port; by default any free one',
  },
]

/** Options of every command, which end the program. */
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
    name: 'doctor',
    operands: [],
    required: 0,
    help: 'check installation, configuration and access',
    about: [
      'Reaches each configured host with one call that changes nothing, and says what is wrong and how to mend it. The exit status is 1 if something is wrong.',
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
    name: 'completion',
    operands: ['SHELL'],
    required: 1,
    kind: 'shell',
    help: 'print completions for bash, zsh or fish',
    about: ['Prints a script that makes the Tab key complete commands, options and their values.'],
    examples: [
      'completion bash > ~/.local/share/bash-completion/completions/confluentql',
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
