import { ConfluentqlError, type Span } from '../../errors.ts'
import { didYouMean, spanOf } from '../names.ts'
import { misplacedAggregate } from './aggregates.ts'
import { callAt, insteadOfCall } from '../instead-of-calls.ts'
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
  if (aggregate)
    return (
      misplacedAggregate(r, aggregate[1]!)
      ?? new ConfluentqlError('SYNTAX', r.message, {
        ...firstCall(r, aggregate[1]!),
        hint: 'an aggregate over columns of an outer query belongs to that query',
      })
    )
  if (/syntax error|incomplete input|unrecognized token/.test(r.message)) return syntaxError(r)
  return explainMisuse(r)
}

/** The index of the name of the first call of a function. */
function firstCallAt(r: Refused, name: string): number | undefined {
  const { tokens } = r.source
  const at = tokens.findIndex(
    (t, i) => i >= r.range.from && t.text.toLowerCase() === name.toLowerCase() && tokens[i + 1]?.text === '(',
  )
  return at < 0 ? undefined : at
}

/** The span of the first call of a function. */
function firstCall(r: Refused, name: string): { span?: Span } {
  const at = firstCallAt(r, name)
  return at === undefined ? {} : { span: spanOf(r.source, { from: at, to: at + 1 }) }
}

function functionError(r: Refused, name: string): ConfluentqlError {
  const span = firstCall(r, name)
  if (r.message.startsWith('wrong')) return wrongArguments(r, name)
  const at = firstCallAt(r, name)
  const instead = at === undefined ? undefined : insteadOfCall(r.source, at)
  if (instead !== undefined) {
    const format = name.toLowerCase() === 'to_char' ? callAt(r.source, at!).args[1] : undefined
    const message =
      format === undefined
        ? `no function "${name}" in SQLite`
        : `to_char() here does not take the format ${format}`
    return new ConfluentqlError('UNKNOWN_NAME', message, { hint: instead, ...span })
  }
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no function "${name}"${didYouMean(name, r.context.validator.functionNames())}`,
    {
      hint: 'functions are those of SQLite (sqlite.org/lang_corefunc.html, json1.html), split_part, regexp_like, regexp_substr, regexp_replace and json_equal',
      ...span,
    },
  )
}

function wrongArguments(r: Refused, name: string): ConfluentqlError {
  const at = firstCallAt(r, name)
  const { args = [] } = at === undefined ? {} : callAt(r.source, at)
  const isDistinct = /^distinct\b/i.test(args[0] ?? '')
  return new ConfluentqlError(
    'SYNTAX',
    `${name}() does not take ${args.length === 1 ? 'one argument' : `${args.length} arguments`}`,
    {
      ...firstCall(r, name),
      ...(name.toLowerCase() === 'string_agg'
        && args.length === 1 && { hint: `write group_concat(${args[0]!})` }),
      ...(isDistinct
        && args.length > 1 && {
          hint: `write ${name}(DISTINCT json_array(${args.join(', ').replace(/^distinct\s+/i, '')}))`,
        }),
    },
  )
}
