import { OPTIONS } from './option-list.ts'
import type { ActionSpec, CommandName, CommandSpec, OptionSpec } from './spec.ts'

export { EVERYWHERE, OPTIONS } from './option-list.ts'

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    operands: ['SQL'],
    required: 0,
    help: 'SQL over the Confluent Cloud API: every resource is a table',
    about: [
      'Without SQL: statements from standard input if it is piped, else a shell (.help, .help formats, .help comments).',
    ],
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
    name: 'check',
    operands: ['FILE'],
    required: 0,
    isRepeatable: true,
    kind: 'file',
    help: 'run checks: statements that find what is wrong',
    about: [
      'A comment "-- check: no API key is older than a year" above a SELECT makes it a check: each of its rows is a finding. "-- severity: high" and "-- owner: platform" may follow. Statements that define tables and views run too. Nothing of the API is changed. Without a file: the audits that come with confluentql.',
      'The exit status is 0 if there is no finding, 3 if there is one, 1 if a check could not be answered. See docs/checks.md.',
    ],
    examples: [
      'check --sandbox',
      'check -f audit.sql --report checks.html --report checks.xml',
      'check audits/*.sql --baseline accepted.yaml -o json',
      'check -f audit.sql --baseline ok.yaml --accept-until 2027-01-31',
    ],
  },
  {
    name: 'export',
    operands: ['TABLE|SQL'],
    required: 1,
    help: 'write a partitioned data set: Parquet, csv, ndjson',
    about: [
      'Writes a folder for each combination of values of the --partition-by columns, as Hive, Spark, Trino and DuckDB read them: environment=env-1/cluster=lkc-1/part-0.parquet. A file appears whole or not at all; _SUCCESS when all are there. A table is asked for each partition by itself where its keys give them, so that one that fails leaves the others. See docs/export.md.',
      'Several profiles add a level profile=NAME. The folder of --out must be empty or new; --resume completes an export there, and does nothing if it is complete.',
      'The exit status is 1 if a partition failed, 4 if some only could not be reached.',
    ],
    examples: [
      'export kafka.kafka.topics --out topics --partition-by cluster',
      'export confluent.clusters --out all --partition-by cloud -o csv',
    ],
  },
  {
    name: 'snapshot',
    operands: [],
    required: 0,
    help: 'keep the results of a script with the time',
    about: [
      'Keeps each titled result (a comment "-- title: API keys" above a SELECT) as a table, api_keys, in a SQLite file or a folder of Parquet files. A run is kept whole or not at all. Nothing of the API is changed. See docs/history.md.',
    ],
    examples: [
      'snapshot -f inventory.sql --to inventory.db',
      'snapshot -f inventory.sql --to inventory.db --keep 90d',
      'snapshot -f inventory.sql --to ./inventory',
    ],
  },
  {
    name: 'history',
    operands: ['PLACE', 'TABLE'],
    required: 1,
    kind: 'file',
    help: 'what changed between snapshots, and when',
    about: [
      'Shows the rows of a table that were added, removed or changed from one snapshot to the next, matched by --key or a column named id. Without a table: those that have snapshots.',
    ],
    examples: [
      'history inventory.db',
      'history inventory.db api_keys',
      'history ./inventory topics --key cluster,topic',
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
      'Calls each configured host once, without changing anything, and says what is wrong and how to fix it. Lists the clusters, registries and Flink regions that have no key. The exit status is 1 if something is wrong.',
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
    name: 'serve',
    operands: [],
    required: 0,
    help: 'serve the tables to PostgreSQL clients',
    about: [
      'Serves until Ctrl-C, and prints the psql line to type: each service is a schema, each profile a database. Clients read only, unless --allow-changes. The password is CONFLUENTQL_SERVE_PASSWORD, or that of --password-file, or one that is made and printed. See docs/server.md.',
      'It needs the package @electric-sql/pglite; without it the error says which version to install.',
    ],
    examples: ['serve --sandbox', 'serve --profile production,staging --port 5433 --cache 300'],
  },
  {
    name: 'mcp',
    operands: [],
    required: 0,
    help: 'serve assistants, by MCP',
    about: [
      'Serves the Model Context Protocol on standard input and output, until the input ends; the client of an assistant starts it. It only reads. With --allow-changes it can also send changes, each after the user has read and confirmed the requests. See docs/mcp.md.',
      'Answers say whether they have all rows. Secrets are masked.',
    ],
    examples: ['mcp --sandbox', 'mcp --profile production --audit ~/confluentql-audit.jsonl'],
  },
  {
    name: 'provider',
    operands: ['ACTION', 'ARGUMENT'],
    required: 1,
    isRepeatable: true,
    actions: [
      {
        name: 'add',
        operands: ['PLACE'],
        required: 1,
        kinds: ['file'],
        help: 'add a provider from a folder, a .tgz or a URL',
      },
      { name: 'list', operands: [], required: 0, help: 'list the added providers' },
      { name: 'update', operands: ['NAME'], required: 0, kinds: ['provider'], help: 'take providers anew' },
      { name: 'remove', operands: ['NAME'], required: 1, kinds: ['provider'], help: 'remove a provider' },
      {
        name: 'check',
        operands: ['PLACE|NAME'],
        required: 1,
        kinds: ['file'],
        help: 'list the methods that cannot be called',
      },
      {
        name: 'docs',
        operands: ['NAME', 'DIR'],
        required: 2,
        kinds: ['provider', 'file'],
        help: 'write the reference of a provider',
      },
      {
        name: 'drift',
        operands: ['PATH'],
        required: 1,
        isRepeatable: true,
        kinds: ['file'],
        help: 'compare the provider files with OpenAPI documents',
      },
    ],
    help: 'add and check providers of other APIs',
    about: [
      'A provider is a folder of documents, of StackQL or in the format of confluentql (docs/providers.md). add shows its hosts, which credentials go there and what it can change, and asks; --yes agrees in scripts. A document that wants more later is refused until you agree.',
      'check tells on standard error how many methods of each service can be called. Its exit status is 3 if some cannot.',
      'drift: PATH is an OpenAPI 3 document, JSON or YAML, or a folder of them. What is compared: resources, methods, parameters, fields of bodies and answers, types, known values. Services that no document describes are left out, and named. Shows what one side has alone. Differences that the provider files accept, with a reason, are only counted. The exit status is 0 if there is no other, 3 if there is.',
    ],
    examples: [
      'provider add ./okta/v24.10.00229',
      'provider add okta.tgz --as okta_eu --yes',
      'provider check okta',
      'provider docs okta ./okta-reference',
      'provider drift openapi/',
      'provider drift iam.yaml cmk.json -o json',
    ],
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

/** `diff OLD NEW`, `exec [SQL]`, `drift PATH...` */
export function signature(command: CommandSpec | ActionSpec): string {
  return [command.name, ...shownOperands(command)].join(' ')
}

/** The operands as usage shows them. */
function shownOperands({
  operands,
  required,
  isRepeatable,
}: Pick<CommandSpec, 'operands' | 'required' | 'isRepeatable'>): string[] {
  return operands.map((operand, i) => {
    const shown = isRepeatable && i === operands.length - 1 ? `${operand}...` : operand
    return i < required ? shown : `[${shown}]`
  })
}
