/** Commands of other shells without a direct counterpart, and what to use instead. */
const HABITS: readonly (readonly [spellings: string, instead: string])[] = [
  ['\\l \\list \\dn .databases', 'SHOW PROVIDERS, SHOW SERVICES IN provider and .tables say what there is'],
  ['\\dv \\dm .views', '.own lists the tables of the session, .tables all'],
  [
    '\\du \\dg \\dp \\z',
    'people and their rights are in tables of the API: .tables PATTERN finds tables by a part of their name',
  ],
  ['\\di .indexes .indices .keys', 'there are no indexes; SHOW METHODS IN a table lists its methods'],
  ['\\df \\h .functions', "SQL and its functions are SQLite's: sqlite.org/lang.html"],
  ['\\c \\connect', '.profile NAME goes on with other addresses and credentials'],
  ['\\conninfo', '.profile shows the profile in use; confluentql doctor shows its credentials and addresses'],
  [
    '.open .save .backup .restore .attach',
    '--db FILE keeps tables and views of the session in a SQLite file',
  ],
  ['\\copy .import .load', '.once FILE writes the next result to a file; no file is read into a table'],
  ['.excel .csv', '.once FILE.xlsx, or FILE.csv, writes the next result to a file'],
  ['\\t', '.headers off leaves out the names of columns; -q the counts too'],
  [
    '\\a \\f .separator',
    '.mode csv or .mode tsv writes values without alignment; --delimiter C for another character',
  ],
  ['\\H .html', '.mode html, or .once FILE.html for the next result'],
  [
    '.chart \\chart .plot .graph',
    '.mode chart before the statement draws results, and .mode table after it brings tables back',
  ],
  ['\\C', 'a comment above the statement, -- title: …, is the title of its result'],
  ['\\pset', 'write .mode FORMAT, .headers on|off, .nullvalue TEXT or .expanded on|off|auto'],
  [
    '.columns .rows .line .lines .width .maxrows .maxwidth',
    'write .mode FORMAT or .expanded on|off|auto (off: tables are shown whole); LIMIT gives fewer rows',
  ],
  ['.large_number_rendering', '.format COLUMN thousands, or bytes, money, percent: .help formats'],
  [
    '\\sv \\sf \\ev \\ef',
    '\\d+ NAME shows the columns and the SQL of a view; DROP VIEW and CREATE VIEW change one',
  ],
  [
    '\\crosstabview .pivot',
    'sum(n) FILTER (WHERE kind = …) AS … makes a column for each kind; .mode chart draws them',
  ],
  ['\\if \\elif \\else \\endif', 'scripts have no branches; CASE and WHERE decide within a statement'],
  ['\\encoding', 'all texts are UTF-8'],
  ['\\password', 'credentials come from the environment or a profile: confluentql doctor shows which'],
  ['\\getenv', '-v NAME=VALUE at the start, or .set NAME VALUE, gives :NAME a value'],
  ['\\errverbose', '.trace on shows requests and answers as they come, .trace bodies all of them'],
  ['.log', '.output FILE writes the following results to a file'],
  ['.dump', 'confluentql snapshot keeps results over time, confluentql export writes a table'],
  ['.last', 'the Up key recalls the last statement'],
  ['.highlight .display_colors .render_errors', 'NO_COLOR or --no-color turns colours off'],
  [
    '\\g \\G \\gx',
    'it replaces the ; of a statement, perhaps with a FILE or | command after it; the Up key recalls the last statement',
  ],
  [
    '\\gset \\gexec',
    '.set NAME VALUE gives :NAME a value; CREATE TABLE name AS SELECT … keeps rows for later statements',
  ],
  ['\\gdesc', 'EXPLAIN shows what a statement would do; CREATE VIEW and .describe show its columns'],
  [
    '\\p \\r \\reset \\w',
    'Ctrl-C discards an entry, .history lists previous ones, .edit opens the last in the editor',
  ],
  ['\\echo \\qecho \\warn .print', "write SELECT 'text'; in scripts, -- title: … stands above a result"],
  ['\\! .shell .system .sh', 'system commands are not run from here; Ctrl-Z suspends the program'],
  ['\\cd .cd', 'paths are relative to the folder in which the program was started'],
  ['.bail', 'a statement that fails ends a script; with --continue-on-error the others run'],
  ['.echo .eqp', '.explain on shows the plan of each statement, .trace on its requests'],
  ['.parameter .param \\prompt \\bind', '.set NAME VALUE gives :NAME a value'],
  ['.changes .stats .progress_bar', '.timer on shows rows, requests and time after each statement'],
  ['.show', '.mode, .set, .cache and .profile show their settings without an argument'],
  ['.clear .cls', 'Ctrl-L clears the screen'],
]

/** What to use instead of a command of psql, DuckDB or sqlite3. psql's suffixes `+` and `S` are ignored. */
export function insteadOf(spelling: string): string | undefined {
  const normalized = spelling.startsWith('\\')
    ? spelling.replace(/(?<=.{2})[S+]+$/, '')
    : spelling.toLowerCase()
  return HABITS.find(([spellings]) => spellings.split(' ').includes(normalized))?.[1]
}

/** What to use instead of psql's other commands that list objects: `\dT`, `\db`. */
export function insteadOfListing(spelling: string): string | undefined {
  return /^\\d[A-Za-z]+[+]?$/.test(spelling)
    ? '.tables lists tables and views, .own those of the session, \\d NAME columns'
    : undefined
}
