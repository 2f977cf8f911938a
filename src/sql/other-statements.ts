import { distance } from 'fastest-levenshtein'
import { isOp, isWord, typographic, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'

/** Statements of other programs by their first word, and what to do instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  BEGIN: 'there are no transactions over this API: each call takes effect at once',
  COMMIT: 'there are no transactions over this API: each call takes effect at once',
  ROLLBACK: 'there are no transactions over this API: what was sent cannot be taken back',
  SAVEPOINT: 'there are no transactions over this API',
  RELEASE: 'there are no transactions over this API',
  END: 'there are no transactions over this API: each call takes effect at once',
  ATTACH: 'statements cannot open files',
  DETACH: 'statements cannot open files',
  PRAGMA: "SQLite's settings cannot be changed",
  VACUUM: 'statements cannot write files',
  REINDEX: 'there are no indexes',
  ANALYZE: 'there are no indexes; EXPLAIN shows what a statement does',
  ALTER: 'the tables are those of the API',
  GRANT: "rights are rows: write INSERT INTO their table; SHOW MATCHES LIKE 'role binding' finds it",
  TRUNCATE: 'write DELETE FROM the table, with the keys of the rows in WHERE',
  MERGE:
    'write UPDATE or DELETE with WHERE EXISTS (SELECT …) for the rows that match, and INSERT … SELECT … WHERE NOT EXISTS (SELECT …) for the others',
  REVOKE: "rights are rows: write DELETE FROM their table; SHOW MATCHES LIKE 'role binding' finds it",
  START: 'there are no transactions over this API: each call takes effect at once',
  AUTH: 'credentials are taken from variables or a profile; confluentql doctor says whether they are right',
  SLEEP: 'AWAIT waits for the end of a change: INSERT /*+ AWAIT */ INTO …',
  PURGE: 'no answers are kept, unless .cache is on',
  NATIVEQUERY: 'SQLite evaluates every statement as it is',
  COPY: 'write .once FILE on a line before a SELECT, or --out FILE; no file is read into a table',
  SET: 'write .set NAME VALUE on a line of its own, or -v NAME=VALUE, and :NAME in statements',
  TABLE: 'write SELECT * FROM …',
  SUMMARIZE: 'write SELECT count(*), min(column), max(column) FROM …',
  HELP: 'write .help, or confluentql --help',
  QUIT: 'write .quit',
  EXIT: 'write .quit',
  CALL: 'write EXEC provider.service.resource.method @name = value',
  PRINT: "records of topics are not read; SHOW MATCHES LIKE 'topics' finds the tables about topics",
  UPSERT: 'write INSERT, UPDATE or REPLACE',
  INSTALL: 'there are no extensions',
  LOAD: 'there are no extensions, and no file is read into a table',
  IMPORT: 'no file is read into a table',
  EXPORT: 'write .once FILE on a line before a SELECT, or --out FILE; confluentql export writes whole tables',
  PIVOT: "write SELECT a, sum(x) FILTER (WHERE b = 'y') AS y FROM … GROUP BY a",
  UNPIVOT: 'write a SELECT for each column, with UNION ALL between them',
  CHECKPOINT: 'there is nothing to write',
  KILL: 'Ctrl-C ends a statement',
  DO: 'there are no blocks: write a statement at a time',
  DECLARE: 'write .set NAME VALUE on a line of its own, or -v NAME=VALUE, and :NAME in statements',
  PREPARE: 'write :name in the statement, and give its value with -v name=…',
  EXECUTE: 'write EXEC provider.service.resource.method @name = value',
}

/** What SHOW of other programs lists, and what to do instead. */
export const SHOWN: Readonly<Record<string, string>> = {
  AUTH: 'confluentql doctor shows which credentials there are, and whether they are right',
  CREATE:
    'DESCRIBE EXTENDED lists the columns of a table or view, and the SQL of a view; SHOW METHODS the methods of a table',
  DATABASES: 'write SHOW PROVIDERS',
  CATALOGS: 'write SHOW PROVIDERS',
  SCHEMAS: 'write SHOW PROVIDERS, then SHOW SERVICES IN one of them',
  VIEWS: "write SHOW TABLES WHERE type = 'view'",
  FIELDS: 'write SHOW COLUMNS',
  FUNCTIONS: "functions are SQLite's: sqlite.org/lang_corefunc.html",
  INDEX: 'there are no indexes; SHOW METHODS IN a table lists what it can be asked by',
  INDEXES: 'there are no indexes; SHOW METHODS IN a table lists what it can be asked by',
  KEYS: 'there are no indexes; SHOW METHODS IN a table lists what it can be asked by',
}

/** What CREATE and DROP of other databases are about. The words for anything else are taken for objects of an API. */
const DEFINED = new Set(
  'INDEX|UNIQUE|TRIGGER|DATABASE|SCHEMA|CATALOG|SEQUENCE|FUNCTION|MACRO|PROCEDURE|TYPE|DOMAIN|EXTENSION|SERVER|VIRTUAL|EXTERNAL|FOREIGN|STREAM|RULE|POLICY|AGGREGATE|CAST|SECRET'.split(
    '|',
  ),
)

/** The hint for CREATE or DROP of an object of the API, whose rows are made and deleted instead; undefined for other words. */
export function insteadOfDefinition(verb: 'CREATE' | 'DROP', word: Token | undefined): string | undefined {
  if (verb === 'CREATE' && (isWord(word, 'INDEX') || isWord(word, 'UNIQUE')))
    return 'joins make their indexes; for RIGHT and FULL JOIN write CREATE TABLE t (id TEXT PRIMARY KEY), and INSERT INTO t SELECT …'
  if (word?.kind !== 'word' || DEFINED.has(word.value)) return undefined
  return `objects of an API are rows: write ${verb === 'CREATE' ? 'INSERT INTO' : 'DELETE FROM'} their table; ${searchFor([word])}`
}

/** Verbs of command lines, which are no part of what they are about. */
const VERBS = new Set('LIST LS DESCRIBE GET SHOW CREATE UPDATE DELETE USE PRINT SH'.split(' '))

/** The hint for a statement that begins with an unknown word. */
export function insteadOfStatement(
  { tokens }: Source,
  { from, to }: Range,
  starts: readonly string[],
): string {
  const first = tokens[from]
  const odd = typographic(first?.text ?? '')
  if (odd !== undefined) return odd
  const meant = first?.kind === 'word' ? misspelt(first.value, starts) : undefined
  if (meant !== undefined) return `did you mean ${meant}?`
  const words = tokens.slice(from, to).filter(t => t.kind === 'word')
  const isCommand =
    words.length > 1
    && words.length < 8
    && tokens.slice(from, to).every(t => t.kind === 'word' || isOp(t, '-', '.'))
  const about = words.filter((_, i) => i > 0 || isOp(tokens[from + 1], '-')).filter(t => !VERBS.has(t.value))
  if ((isCommand || isWord(first, 'LIST')) && about.length > 0) return `${searchFor(about)}; this is no SQL`
  return `statements begin with ${starts.join(', ')}`
}

/** The statement that finds tables by words. */
export function searchFor(words: readonly Token[]): string {
  return `SHOW MATCHES LIKE '${words.map(t => t.text.toLowerCase()).join(' ')}' finds tables`
}

/** The word of a list that another is a misspelling of. */
export function misspelt(word: string, of: readonly string[]): string | undefined {
  const most = word.length > 5 ? 2 : 1
  return of.find(w => w !== word && w.length > 2 && (distance(word, w) <= most || isSwapped(word, w)))
}

function isSwapped(a: string, b: string): boolean {
  return (
    a.length === b.length && [...a].toSorted().join('') === [...b].toSorted().join('') && distance(a, b) === 2
  )
}

/** `FROM t SELECT x WHERE y` in the order of SQL. */
export function selectFirst({ text, tokens }: Source, { from, to }: Range): string {
  const at = (...words: readonly string[]): number => {
    const found = tokens.findIndex((t, i) => i > from && i < to && isWord(t, ...words))
    return found < 0 ? to : found
  }
  const slice = (a: number, b: number): string =>
    a < b ? text.slice(tokens[a]!.start, tokens[b - 1]!.end) : ''
  const select = at('SELECT')
  if (tokens.slice(from, to).some(t => isOp(t, '('))) return 'write SELECT … FROM …'
  if (select === to) return `write SELECT * ${slice(from, to)}`
  const rest = Math.max(select, at('WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT'))
  return `write ${[slice(select, rest), slice(from, select), slice(rest, to)].filter(t => t !== '').join(' ')}`
}
