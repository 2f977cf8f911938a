import { ConfluentqlError, type Span } from '../../errors.ts'
import { didYouMean, spanOf } from '../names.ts'
import { explainMisuse } from './misuse.ts'
import type { Refused } from './refused.ts'
import { syntaxError } from './syntax-error.ts'
import { ambiguousColumn, unknownColumn } from './unknown-column.ts'

/** Turns SQLite's message into an error with a position, the closest name, and what to do. */
export function explainRefusal(r: Refused): ConfluentqlError {
  const column = /^no such column: (.*?)(?: - should this be a string literal in single-quotes\?)?$/s.exec(
    r.message,
  )
  if (column) return unknownColumn(r, column[1]!.replace(/^"(.*)"$/s, '$1'))
  const ambiguous = /^ambiguous column name: (.*)$/s.exec(r.message)
  if (ambiguous) return ambiguousColumn(r, ambiguous[1]!)
  const called = /^(?:no such function: |wrong number of arguments to function )([^(]*)/.exec(r.message)
  if (called) return functionError(r, called[1]!)
  const aggregate = /^misuse of aggregate:? (?:function )?([^(]*)\(\)/.exec(r.message)
  if (aggregate) {
    return new ConfluentqlError('SYNTAX', r.message, {
      ...firstCall(r, aggregate[1]!),
      hint: 'WHERE and ON cannot have aggregates; an aggregate over columns of an outer query belongs to that query',
    })
  }
  if (/syntax error|incomplete input|unrecognized token/.test(r.message)) return syntaxError(r)
  return explainMisuse(r)
}

/** The span of the first call of a function. */
function firstCall(r: Refused, name: string): { span?: Span } {
  const index = r.source.tokens.findIndex(
    (t, i) =>
      i >= r.range.from
      && t.text.toLowerCase() === name.toLowerCase()
      && r.source.tokens[i + 1]?.text === '(',
  )
  return index < 0 ? {} : { span: spanOf(r.source, { from: index, to: index + 1 }) }
}

function functionError(r: Refused, name: string): ConfluentqlError {
  const span = firstCall(r, name)
  if (r.message.startsWith('wrong')) return new ConfluentqlError('SYNTAX', r.message, span)
  const instead = OTHER_FUNCTIONS[name.toLowerCase()]
  if (instead !== undefined)
    return new ConfluentqlError('UNKNOWN_NAME', `no function "${name}" in SQLite`, { hint: instead, ...span })
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no function "${name}"${didYouMean(name, r.context.validator.functionNames())}`,
    {
      hint: 'functions are those of SQLite (sqlite.org/lang_corefunc.html, json1.html), split_part, regexp_like, regexp_substr, regexp_replace and json_equal',
      ...span,
    },
  )
}

/** Functions of other databases, and what SQLite has instead. */
const OTHER_FUNCTIONS: Readonly<Record<string, string>> = {
  now: "write datetime('now'), or strftime('%Y-%m-%dT%H:%M:%SZ', 'now') to compare with timestamps of the API",
  date_trunc: 'write substr(t, 1, 7) for the month, substr(t, 1, 10) for the day',
  to_char: 'write strftime(format, t)',
  date_part: "write strftime('%Y', t)",
  regexp_matches: 'write regexp_like(text, pattern)',
  version: 'write sqlite_version(), or SHOW VERSION',
  current_schema: 'the provider of names of two parts is that of USE',
  aws_policy_equal: 'write json_equal(a, b)',
  json_extract_path_text: "write json_extract(text, '$.a.b')",
  json_array_elements_text: 'write FROM …, json_each(column)',
  array_length: 'write json_array_length()',
  len: 'write length()',
  unnest: 'write FROM …, json_each(column)',
  jsonb_array_elements: 'write FROM …, json_each(column)',
  left: 'write substr(text, 1, n)',
}
