import { ConfluentqlError } from '../../errors.ts'
import { readArguments } from './arguments.ts'
import { didYouMean } from '../../plan/names.ts'
import { insteadOf } from './habits.ts'

/** A meta-command: a line that begins with a dot or a backslash, handled by the program instead of SQL. */
export interface MetaCommand {
  /** Its name, without the dot. */
  readonly name: string
  /** Its other spellings, with dot or backslash. */
  readonly aliases: readonly string[]
  /** Its arguments, one word each, optional ones in brackets. */
  readonly args: string
  /** One line, for `.help`. */
  readonly help: string
  /** What runs it: the runner of scripts, or the prompt, which needs a terminal. */
  readonly by: 'runner' | 'prompt'
  /** How its argument is completed. */
  readonly complete?: 'format' | 'table' | 'file' | 'command' | 'profile' | 'on-off'
}

/** All meta-commands, in the order in which `.help` lists them. */
export const META: readonly MetaCommand[] = [
  {
    name: 'help',
    aliases: ['\\?'],
    args: '[COMMAND]',
    help: 'list these commands',
    by: 'prompt',
    complete: 'command',
  },
  {
    name: 'quit',
    aliases: ['\\q', '.exit'],
    args: '',
    help: 'leave; a script ends here with status 0',
    by: 'prompt',
  },
  {
    name: 'tables',
    aliases: [],
    args: '[PATTERN]',
    help: 'tables and views: all, those of provider.service, or those with a text in name, summary or columns',
    by: 'runner',
    complete: 'table',
  },
  {
    name: 'find',
    aliases: [],
    args: 'WORD...',
    help: 'tables, examples, columns and methods whose names or descriptions have the words',
    by: 'runner',
  },
  {
    name: 'own',
    aliases: ['\\dt'],
    args: '[PATTERN]',
    help: 'tables and views of this session',
    by: 'runner',
    complete: 'table',
  },
  {
    name: 'describe',
    aliases: ['\\d'],
    args: '[TABLE]',
    help: 'columns of a table or view',
    by: 'runner',
    complete: 'table',
  },
  {
    name: 'schema',
    aliases: ['\\d+'],
    args: 'TABLE',
    help: 'columns of a table or view with all details',
    by: 'runner',
    complete: 'table',
  },
  {
    name: 'mode',
    aliases: [],
    args: '[FORMAT]',
    help: 'format of results: table, vertical, csv, json …',
    by: 'runner',
    complete: 'format',
  },
  {
    name: 'output',
    aliases: ['\\o'],
    args: '[FILE]',
    help: 'write the following results to a file, or to a command (| gzip > a.gz); without one, back to the initial output',
    by: 'runner',
    complete: 'file',
  },
  {
    name: 'once',
    aliases: [],
    args: 'FILE',
    help: 'write the next result to a file, or to a command: .once | less',
    by: 'runner',
    complete: 'file',
  },
  {
    name: 'read',
    aliases: ['\\i', '\\ir'],
    args: 'FILE',
    help: 'run a script',
    by: 'runner',
    complete: 'file',
  },
  {
    name: 'expanded',
    aliases: ['\\x'],
    args: '[on|off|auto]',
    help: 'a line for each value; auto: where a table does not fit; off: a wide table is shown whole',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'headers',
    aliases: [],
    args: '[on|off]',
    help: 'names of columns (table, csv, tsv, text)',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'format',
    aliases: [],
    args: '[COLUMN] [FORMAT]...',
    help: 'how a column is shown: decimals N, thousands, bytes, money, percent, local, utc, total, off; never in csv, json, parquet',
    by: 'runner',
  },
  { name: 'nullvalue', aliases: [], args: '[TEXT]', help: 'text for NULL', by: 'runner' },
  {
    name: 'timer',
    aliases: ['\\timing'],
    args: '[on|off]',
    help: 'rows, requests and time after each statement',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'explain',
    aliases: [],
    args: '[on|off]',
    help: 'the plan of each statement before its rows',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'trace',
    aliases: [],
    args: '[on|off|bodies]',
    help: 'each request as it is answered, or with its bodies',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'dryrun',
    aliases: [],
    args: '[on|off]',
    help: 'show the requests of changes instead of sending them',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'skip',
    aliases: [],
    args: '[on|off]',
    help: 'SELECT leaves out what cannot be reached, instead of failing',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'confirm',
    aliases: [],
    args: '[on|off]',
    help: 'ask before a typed change of several rows is sent',
    by: 'runner',
    complete: 'on-off',
  },
  {
    name: 'set',
    aliases: ['\\set'],
    args: '[NAME [VALUE]]',
    help: 'set :NAME; without a value, show it; without a name, show all',
    by: 'runner',
  },
  { name: 'unset', aliases: ['\\unset'], args: 'NAME', help: 'remove the value of :NAME', by: 'runner' },
  {
    name: 'profile',
    aliases: [],
    args: '[NAME]',
    help: 'switch to another profile',
    by: 'runner',
    complete: 'profile',
  },
  {
    name: 'cache',
    aliases: [],
    args: '[on|off [SECONDS]]',
    help: 'answer repeated reads from a cache',
    by: 'runner',
    complete: 'on-off',
  },
  { name: 'watch', aliases: ['\\watch'], args: '[SECONDS]', help: 'repeat the last statement', by: 'prompt' },
  {
    name: 'edit',
    aliases: ['\\e'],
    args: '[FILE]',
    help: 'write the statement in $EDITOR',
    by: 'prompt',
    complete: 'file',
  },
  { name: 'history', aliases: ['\\s'], args: '[PATTERN]', help: 'list previous entries', by: 'prompt' },
]

/** A parsed meta-command. */
export interface MetaCall {
  readonly command: MetaCommand
  /** The command as it was typed, with its dot or backslash. */
  readonly spelling: string
  readonly args: readonly string[]
}

/** Whether a line that begins where a statement could begin is a meta-command. */
export function isMeta(line: string): boolean {
  return /^[ \t]*(?:\.[A-Za-z]|\\[A-Za-z?!])/.test(line)
}

/** All spellings of a command, the one with the dot first. */
export function spellings({ name, aliases }: MetaCommand): readonly string[] {
  return [`.${name}`, ...aliases]
}

/**
 * Parses a line for which `isMeta` is true. Arguments are separated by blanks, or enclosed in single or double quotes, which
 * are doubled inside. A comment after `--` and a semicolon at the end are ignored.
 * @throws ConfluentqlError UNKNOWN_NAME for an unknown command, SYNTAX for an open quote and too few or too many arguments
 */
export function readMeta(line: string): MetaCall {
  const [, spelling = '', rest = ''] = /^\s*([.\\](?:[?!]|[^\s;]*))(.*)$/s.exec(line) ?? []
  const command = META.find(c => spellings(c).includes(spelling))
  if (!command) throw noCommand(spelling)
  const args = (PIPES.has(command.name) && readPipe(rest, spelling)) || readArguments(rest, spelling)
  const wanted = command.args === '' ? [] : command.args.split(' ')
  const least = wanted.filter(w => !w.startsWith('[')).length
  if (args.length < least)
    throw new ConfluentqlError('SYNTAX', `${spelling} needs ${wanted[args.length]}`, {
      hint: usage(command, spelling),
    })
  const extra = command.args.endsWith('...') ? undefined : args[wanted.length]
  if (extra !== undefined)
    throw new ConfluentqlError('SYNTAX', `${spelling} does not take ${JSON.stringify(extra)}`, {
      hint:
        wanted.length === 0
          ? usage(command, spelling)
          : `${usage(command, spelling)}; a value with blanks is written in quotes`,
    })
  return { command, spelling, args }
}

/** Commands whose argument may be `| command`, with anything that the system's shell reads. */
const PIPES: ReadonlySet<string> = new Set(['output', 'once'])

function readPipe(rest: string, spelling: string): string[] | undefined {
  const text = rest.trim()
  if (!text.startsWith('|')) return undefined
  if (text.length > 1) return [text]
  throw new ConfluentqlError('SYNTAX', `${spelling} | needs a command`)
}

/** The error for an unknown command. `bare`: names without a dot are suggested too. */
export function noCommand(spelling: string, bare = false): ConfluentqlError {
  const instead = insteadOf(spelling)
  const near =
    instead === undefined
      ? didYouMean(
          spelling,
          META.flatMap(c => [...spellings(c), ...(bare ? [c.name] : [])]),
        )
      : ''
  return new ConfluentqlError('UNKNOWN_NAME', `no command ${spelling}${near}`, {
    hint: instead ?? '.help lists them',
  })
}

/** A meta-command inside the text of a statement, where it is not read as one. */
export function strayMeta(sql: string): string | undefined {
  const all = new Set(META.flatMap(spellings))
  return [...sql.matchAll(/^[ \t]*([.\\][A-Za-z?]+)(?=[\s;]|$)/gm)]
    .map(([, word = '']) => word)
    .find(word => all.has(word))
}

function usage({ args }: MetaCommand, spelling: string): string {
  return `write ${spelling}${args === '' ? '' : ` ${args}`}`
}
