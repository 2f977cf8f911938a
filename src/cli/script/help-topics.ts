import { META } from './meta.ts'

/** A page of `.help` about more than one command. */
interface Topic {
  readonly name: string
  /** Other words that people look for. */
  readonly also: readonly string[]
  readonly lines: readonly string[]
}

const TOPICS: readonly Topic[] = [
  {
    name: 'formats',
    also: 'total totals decimals thousands bytes money percent local utc timezone'.split(' '),
    lines: [
      '.format COLUMN FORMAT shows the values of a column in another way.',
      '',
      '  .format cost money           $1,234.57; money EUR; money 4 (decimals)',
      '  .format bytes_* bytes        1.5 GiB; * stands for any characters',
      '  .format share percent        0.25 is 25.0%; percent 0',
      '  .format partitions thousands 1,234,567; thousands 2',
      '  .format price decimals 6     or .format price 6',
      '  .format cost money total     with a row of totals below the table',
      '  .format rows total           the totals alone',
      '  .format * local              times in the local zone; utc',
      '  .format cost off             as it was; .format * off: all',
      '  .format                      lists the formats',
      '',
      'Tables, vertical, markdown, html, xlsx and chart follow them; csv, tsv, json,',
      'ndjson, text and parquet never do. csv has an apostrophe before =HYPERLINK(…)',
      'and other texts that a spreadsheet would run. Formats of results: .help mode',
    ],
  },
  {
    name: 'mode',
    also: 'modes csv tsv json ndjson markdown html xlsx parquet chart charts vertical'.split(' '),
    lines: [
      '.mode FORMAT is for all results until the next .mode.',
      '',
      '  table              aligned columns; .mode table is the default',
      '  vertical           a line for each value; \\gx instead of ; for one result',
      '  chart              bars; lines over time; for each result until .mode table',
      '  markdown           a table for tickets and wikis',
      '  html, xlsx         a report that sorts and filters; a workbook (.once f.xlsx)',
      '  csv, tsv           for programs; csv has an apostrophe before =HYPERLINK(…)',
      '                     and other texts that a spreadsheet would run',
      '  json, ndjson       an array; an object in each line',
      '  parquet            typed columns, for DuckDB and pandas (.once f.parquet)',
      '  text, pptext       values between commas, for scripts; with indented JSON',
      '',
      'The extension of a file selects its format: .once f.csv, or \\g f.csv after the',
      'statement. Formats of columns: .help formats',
    ],
  },
  {
    name: 'comments',
    also: 'title titles note notes report reports var variables check checks'.split(' '),
    lines: [
      'Comments above a statement that say something about it:',
      '',
      '  -- title: Old API keys       the title of its result',
      '  -- Ask the owners.           without a keyword: a note below the title',
      '  -- check: no old API keys    its rows are findings (confluentql check)',
      '',
      'At the top of a script:',
      '',
      '  -- report: Access review     the title of the document',
      "  -- var: since timestamp = '2026-01-01' -- what :since is; -v since=… sets it",
      '',
      'Tables show the titles; html, xlsx and markdown show titles and notes.',
    ],
  },
  {
    name: 'keys',
    also: ['shortcuts'],
    lines: [
      '  Tab             complete; Tab again: list',
      '  Enter           run, or go on in a new line; Alt-Enter: always a new line',
      '  Up, Down        previous and next entry; Ctrl-R, Ctrl-S: search them',
      '  Ctrl-C          cancel the statement; at the prompt: discard the entry',
      '  Ctrl-D          leave, if nothing is typed',
      '  Ctrl-A, Ctrl-E  beginning and end of the line; with Alt-B, Alt-F by word',
      '  Ctrl-K, Ctrl-U, Ctrl-W, Ctrl-Y   cut to end, to beginning, a word; paste',
      '  Ctrl-L, Ctrl-_, Ctrl-Z           clear the screen, undo, suspend',
    ],
  },
]

/** The names of the topics, without those that a command has. */
export const HELP_TOPICS: readonly string[] = TOPICS.map(t => t.name).filter(
  name => !META.some(command => command.name === name),
)

/** The page about a topic, by its name or a word that it is about, perhaps with a dot; undefined if there is none. */
export function helpTopic(name: string): string | undefined {
  const word = name.replace(/^\.|:$/g, '').toLowerCase()
  const found = TOPICS.find(t => t.name === word || t.also.includes(word))
  return found && found.lines.map(line => `${line}\n`).join('')
}
