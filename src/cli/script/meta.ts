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
  readonly complete?:
    'format' | 'column-format' | 'table' | 'file' | 'command' | 'profile' | 'on-off' | 'variable'
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
    aliases: ['\\dt'],
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
    aliases: [],
    args: '[PATTERN]',
    help: 'tables and views of this session',
    by: 'runner',
    complete: 'table',
  },
  {
    name: 'describe',
    aliases: ['\\d'],
    args: '[TABLE]',
    help: 'columns of a table or view; with * the tables of that name',
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
    complete: 'column-format',
  },
  {
    name: 'pager',
    aliases: [],
    args: '[on|off|COMMAND]...',
    help: 'whether long results go to a pager, and to which: .pager less -SX',
    by: 'prompt',
    complete: 'on-off',
  },
  { name: 'nullvalue', aliases: [], args: '[TEXT]', help: 'text for NULL', by: 'runner' },
  {
    name: 'timer',
    aliases: ['\\timing'],
    args: '[on|off]',
    help: 'the time of each statement, beside its numbers of rows and requests',
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
    name: 'notices',
    aliases: [],
    args: '',
    help: 'the notices of the last statement, also those that were not shown again',
    by: 'runner',
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
    complete: 'variable',
  },
  {
    name: 'unset',
    aliases: ['\\unset'],
    args: 'NAME',
    help: 'remove the value of :NAME',
    by: 'runner',
    complete: 'variable',
  },
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

/** All spellings of a command, the one with the dot first. */
export function spellings({ name, aliases }: MetaCommand): readonly string[] {
  return [`.${name}`, ...aliases]
}
