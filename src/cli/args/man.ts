import { COMMANDS, commandOf, EVERYWHERE, OPTIONS, optionsOf } from './grammar.ts'
import { type ActionSpec, type CommandSpec, GROUPS, type OptionSpec } from './spec.ts'
import { capital } from './help.ts'

/** The manual page confluentql(1), in mdoc, from the same grammar as `--help`. */
export function manPage(version: string, date: Date): string {
  const day = date.toLocaleDateString('en-US', {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    timeZone: 'UTC',
  })
  const { help, about } = commandOf('run')
  return [
    `.Dd ${day}`,
    '.Dt CONFLUENTQL 1',
    `.Os confluentql ${version}`,
    '.Sh NAME',
    '.Nm confluentql',
    `.Nd ${text(help)}`,
    '.Sh SYNOPSIS',
    ...synopsis(),
    '.Sh DESCRIPTION',
    'Each resource of the API is a table:',
    '.Sy provider.service.resource .',
    'SELECT, INSERT, UPDATE and DELETE become calls, and SQLite evaluates the SQL.',
    ...about.map(text),
    '.Pp',
    'Rows go to standard output, everything else to standard error.',
    '.Sh COMMANDS',
    ...commands(),
    '.Sh OPTIONS',
    'Options may stand before and after SQL;',
    '.Fl Fl',
    'ends them.',
    ...options(),
    ...ENVIRONMENT,
    '.Sh EXAMPLES',
    '.Bd -literal',
    ...COMMANDS.flatMap(c => c.examples).map(e => text(`confluentql ${e}`)),
    '.Ed',
    '.Sh SEE ALSO',
    '.Xr jq 1 ,',
    '.Xr sqlite3 1',
    '',
  ].join('\n')
}

function synopsis(): string[] {
  return COMMANDS.flatMap(c => [
    '.Nm',
    ...(c.name === 'run' ? [] : [`.Cm ${c.name}`]),
    ...(optionsOf(c.name).length > 0 ? ['.Op Ar options'] : []),
    ...operandsOf(c).map(o => `.${o}`),
  ])
}

function operandsOf({ operands, required, isRepeatable }: CommandSpec | ActionSpec): string[] {
  return operands.map((operand, i) => {
    const word = `Ar ${operand}`
    const shown = isRepeatable && i === operands.length - 1 ? `${word} ...` : word
    return i < required ? shown : `Op ${shown}`
  })
}

function commands(): string[] {
  const items = COMMANDS.flatMap(c =>
    c.name === 'run'
      ? []
      : [
          [`.It Cm ${c.name}`, ...operandsOf(c)].join(' '),
          text(`${capital(c.help)}.`),
          ...c.about.flatMap(sentences),
          ...(c.actions ? actions(c.actions) : []),
        ],
  )
  return ['.Bl -tag -width Ds', ...items, '.El']
}

function actions(all: readonly ActionSpec[]): string[] {
  const items = all.flatMap(a => [
    [`.It Cm ${a.name}`, ...operandsOf(a)].join(' '),
    text(`${capital(a.help)}.`),
  ])
  return ['.Bl -tag -width Ds', ...items, '.El']
}

function options(): string[] {
  const listed = GROUPS.flatMap(group => [`.Ss ${group}`, ...list(OPTIONS.filter(o => o.group === group))])
  return [...listed, '.Ss Of every command', ...list(EVERYWHERE)]
}

function list(
  all:
    | readonly Pick<OptionSpec, 'name' | 'short' | 'value' | 'help' | 'commands' | 'hidden'>[]
    | typeof EVERYWHERE,
): string[] {
  const item = (o: Partial<OptionSpec> & Pick<OptionSpec, 'name' | 'help'>): string[] => {
    const forms = [...(o.short === undefined ? [] : [`Fl ${o.short}`]), `Fl Fl ${o.name}`]
    const only = o.commands && !o.commands.includes('run') ? ` Of ${o.commands.join(', ')} only.` : ''
    return [
      `.It ${forms.join(' , ')}${o.value === undefined ? '' : ` Ar ${text(o.value)}`}`,
      ...sentences(`${o.help}.${only}`),
    ]
  }
  return ['.Bl -tag -width Ds', ...all.flatMap(item), '.El']
}

const ENVIRONMENT = [
  '.Sh ENVIRONMENT',
  '.Bl -tag -width Ds',
  '.It Ev CONFLUENT_CLOUD_API_KEY , CONFLUENT_CLOUD_API_SECRET',
  'A key of the cloud API.',
  '.It Ev KAFKA_API_KEY , KAFKA_API_SECRET , KAFKA_REST_ENDPOINT , KAFKA_ID',
  'A cluster and its key.',
  'Likewise for',
  '.Ev SCHEMA_REGISTRY_ ,',
  '.Ev FLINK_',
  'and',
  '.Ev TABLEFLOW_ .',
  '.It Ev CONFLUENTQL_PROFILE , CONFLUENTQL_CONFIG',
  'The profile, and the profile file, where',
  '.Fl Fl profile',
  'and',
  '.Fl Fl config',
  'do not say.',
  '.It Ev CONFLUENTQL_PROVIDER_PATH',
  'Folders with further providers, after those of',
  '.Fl Fl provider-path .',
  '.It Ev HTTPS_PROXY , HTTP_PROXY , NO_PROXY',
  'Proxies.',
  '.It Ev NO_COLOR',
  'No colours.',
  '.El',
  '.Sh FILES',
  '.Bl -tag -width Ds',
  '.It Pa ~/.config/confluentql/config.yaml',
  'Profiles: addresses and keys.',
  'It must be readable by its owner alone if it holds secrets.',
  '.It Pa ~/.cache/confluentql',
  'Compiled providers of your own.',
  'It can be deleted.',
  '.El',
  '.Sh EXIT STATUS',
  '.Bl -tag -width Ds',
  '.It 0',
  'All statements succeeded.',
  '.It 1',
  'A statement failed.',
  '.It 2',
  'The command line is wrong, or credentials are missing.',
  '.It 3',
  '.Cm diff',
  'or',
  '.Cm provider drift',
  'found differences,',
  'or',
  '.Cm provider check',
  'methods that cannot be called.',
  '.It 4',
  'Nothing failed, but calls or partitions were left out, since they could not be reached.',
  '.It 130',
  'Interrupted.',
  '.El',
]

/** Text escaped for mdoc. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}

/** The sentences, each starting a new line, as mdoc requires. */
function sentences(words: string): string[] {
  return words
    .split(/(?<=\.) (?=[A-Z])/)
    .flatMap(s => s.match(/\S.{0,70}\S(?= |$)|\S+/g) ?? [])
    .map(text)
}
