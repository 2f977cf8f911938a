import type { Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import type { ColumnReference } from '../../sql/expression.ts'
import { isName, isOp, isWord, typographic } from '../../sql/lexer.ts'
import type { Range, Source } from '../../sql/query.ts'
import { coresOf, type BoundCore, type RelationColumn } from '../binding/bound.ts'
import { nodesOf } from '../binding/traverse.ts'
import { insteadOfColumn } from '../instead.ts'
import { explainMisuse } from './misuse.ts'
import { didYouMean, fullName, spanOf } from '../names.ts'
import type { Refused } from './refused.ts'

/** Turns SQLite's refusal into an error with a position, the closest name, and what to do. */
export function explainRefusal(r: Refused): ConfluentqlError {
  const column = /^no such column: (.*?)(?: - should this be a string literal in single-quotes\?)?$/s.exec(
    r.message,
  )
  if (column) return unknownColumn(r, column[1]!.replace(/^"(.*)"$/s, '$1'))
  const ambiguous = /^ambiguous column name: (.*)$/s.exec(r.message)
  if (ambiguous) return ambiguousColumn(r, ambiguous[1]!)
  const called = /^(?:no such function: |wrong number of arguments to function )([^(]*)/.exec(r.message)
  if (called) return badFunction(r, called[1]!)
  const aggregate = /^misuse of aggregate:? (?:function )?([^(]*)\(\)/.exec(r.message)
  if (aggregate) {
    return new ConfluentqlError('SYNTAX', r.message, {
      ...calledAt(r, aggregate[1]!),
      hint: 'an aggregate cannot stand in WHERE or ON; one over columns of a query around it counts as standing in that query',
    })
  }
  if (/syntax error|incomplete input|unrecognized token/.test(r.message)) return syntaxError(r)
  return explainMisuse(r)
}

/** The first name of a statement that no column was found for, and that SQLite calls so. */
function findName(r: Refused, name: string): ColumnReference | undefined {
  const wanted = name.toLowerCase()
  for (const e of nodesOf(r.root.query)) {
    if (e.kind !== 'column' || r.binder.columnOf(e)) continue
    const { parts } = e
    if (parts.join('.').toLowerCase() === wanted || parts.slice(-2).join('.').toLowerCase() === wanted)
      return e
  }
  return undefined
}

interface TableAt {
  readonly name: string
  readonly columns: readonly string[]
  readonly shapes: readonly RelationColumn[]
  readonly resource?: Resource
}

/** The tables whose columns may stand at a place, or everywhere: those of the queries around it. */
function tablesOf(r: Refused, qualifier: string | undefined, at: Range | undefined): TableAt[] {
  const isAround = ({ parent: { query } }: BoundCore): boolean =>
    query.source === r.source && (!at || (query.range.from <= at.from && at.to <= query.range.to))
  const relations = coresOf(r.root)
    .filter(isAround)
    .flatMap(c => c.relations)
    .filter(i => qualifier === undefined || i.alias.toLowerCase() === qualifier.toLowerCase())
  return relations.map(i => ({
    name: i.kind === 'ref' ? fullName(i.ref.resource) : i.alias || 'the subquery',
    columns: (i.columns?.map(c => c.name) ?? []).filter(n => n !== ''),
    shapes: i.columns ?? [],
    ...(i.kind === 'ref' && { resource: i.ref.resource }),
  }))
}

/** `; did you mean …?` of the fields of that name in object columns. */
function fieldsCalled(name: string, qualifier: string, columns: readonly RelationColumn[]): string {
  const below = ({ fields = {} }: Shape, path: string): string[] =>
    Object.entries(fields).flatMap(([field, shape]) => [
      ...(field.toLowerCase() === name.toLowerCase() ? [`${path}.${field}`] : []),
      ...below(shape, `${path}.${field}`),
    ])
  const found = [...new Set(columns.flatMap(c => below(c.shape, `${qualifier}${c.name}`)))]
  return found.length === 0 ? '' : `; did you mean ${found.slice(0, 3).join(' or ')}?`
}

function unknownColumn(r: Refused, name: string): ConfluentqlError {
  const written = findName(r, name)
  const span = written && spanOf(written.source, written.name)
  const parts = written?.parts ?? name.split('.')
  const detail = (hint: string) => ({ hint, ...(span && { span }) })
  const aliases = coresOf(r.root)
    .flatMap(c => c.relations.map(i => i.alias))
    .filter(a => a !== '')
  const qualified = parts.length > 1 && aliases.some(a => a.toLowerCase() === parts[0]!.toLowerCase())
  if (parts.length > 1 && !qualified) {
    const objects = tablesOf(r, undefined, written?.name).flatMap(t => t.columns)
    if (!objects.some(c => c.toLowerCase() === parts[0]!.toLowerCase())) {
      return new ConfluentqlError(
        'UNKNOWN_NAME',
        `no table or object column "${parts[0]}"${didYouMean(parts[0]!, [...aliases, ...objects])}`,
        detail(`names in scope: ${aliases.join(', ')}`),
      )
    }
    return new ConfluentqlError(
      'UNKNOWN_NAME',
      `column "${parts[0]}" is not an object: "${parts.join('.')}" has no meaning`,
      detail(`write ${parts[0]}`),
    )
  }
  const tables = tablesOf(r, qualified ? parts[0] : undefined, written?.name)
  const wanted = parts[qualified ? 1 : 0]!
  if (tables.length === 0)
    return new ConfluentqlError('UNKNOWN_NAME', `no column "${wanted}": there is no FROM`, {
      ...(span && { span }),
    })
  const columns = [...new Set(tables.flatMap(t => t.columns))]
  const where = ` in ${[...new Set(tables.map(t => t.name))].join(', ')}`
  const near = fieldsCalled(
    wanted,
    qualified ? `${parts[0]}.` : '',
    tables.flatMap(t => t.shapes),
  )
  const odd = typographic(wanted)
  const quoted =
    odd !== undefined
      ? `${odd}; `
      : span && r.source.text[span.start] === '"'
        ? 'a text is written in single quotes; '
        : ''
  const instead = tables
    .map(t => t.resource && insteadOfColumn(wanted, t.resource, r.context.catalog))
    .find(hint => hint !== undefined)
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no column "${wanted}"${where}${near || (instead === undefined ? didYouMean(wanted, columns) : '')}`,
    detail(instead ?? `${quoted}columns: ${shorten(columns)}`),
  )
}

function shorten(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, …` : names.join(', ')
}

function ambiguousColumn(r: Refused, name: string): ConfluentqlError {
  const parts = name.split('.')
  let span: Span | undefined
  for (const e of nodesOf(r.root.query)) {
    const isIt = e.kind === 'column' && e.parts[0]!.toLowerCase() === parts.at(-1)!.toLowerCase()
    if (isIt && !span) span = spanOf(e.source, e.name)
  }
  const owners = coresOf(r.root)
    .flatMap(c => c.relations)
    .filter(i => i.columns?.some(c => c.name.toLowerCase() === parts.at(-1)!.toLowerCase()))
  const written = [...new Set(owners.map(o => `${o.alias}.${parts.at(-1)}`))]
  return new ConfluentqlError('UNKNOWN_NAME', `column "${name}" is ambiguous: more than one table has it`, {
    hint: `write ${written.join(' or ')}`,
    ...(span && { span }),
  })
}

/** The place where a function of that name is called first. */
function calledAt(r: Refused, name: string): { span?: Span } {
  const index = r.source.tokens.findIndex(
    (t, i) =>
      i >= r.range.from
      && t.text.toLowerCase() === name.toLowerCase()
      && r.source.tokens[i + 1]?.text === '(',
  )
  return index < 0 ? {} : { span: spanOf(r.source, { from: index, to: index + 1 }) }
}

function badFunction(r: Refused, name: string): ConfluentqlError {
  const span = calledAt(r, name)
  if (r.message.startsWith('wrong')) return new ConfluentqlError('SYNTAX', r.message, span)
  const instead = FUNCTIONS[name.toLowerCase()]
  if (instead !== undefined)
    return new ConfluentqlError('UNKNOWN_NAME', `no function "${name}" in SQLite`, { hint: instead, ...span })
  return new ConfluentqlError(
    'UNKNOWN_NAME',
    `no function "${name}"${didYouMean(name, r.context.validator.functionNames())}`,
    { hint: 'functions are those of SQLite: sqlite.org/lang_corefunc.html, json1.html', ...span },
  )
}

/** Finds the token that SQLite stumbles over: the last of the shortest prefix that it calls wrong rather than unfinished. */
function syntaxError(r: Refused): ConfluentqlError {
  const { source, range, context, binder } = r
  const isWrong = (to: number): boolean => {
    // half a table's name would be wrong wherever it stands
    const text = binder.splices.render(source, { from: range.from, to: binder.splices.wholeEnd(source, to) })
    const { error } = context.validator.check(text, r.tables)
    return (
      error !== undefined && /syntax error|unrecognized token/.test(error) && !error.startsWith('near ""')
    )
  }
  if (!isWrong(range.to)) {
    const end = source.tokens[range.to - 1]?.end ?? 0
    return new ConfluentqlError('SYNTAX', 'the statement is not finished', {
      span: { start: Math.max(0, end - 1), end },
      hint: 'something is missing at its end',
    })
  }
  let low = range.from
  let high = range.to
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isWrong(middle)) high = middle
    else low = middle
  }
  const token = source.tokens[high - 1]!
  return new ConfluentqlError('SYNTAX', `syntax error near "${token.text.slice(0, 40)}"`, {
    span: { start: token.start, end: token.end },
    ...hintFor(token.text, source, high),
  })
}

const FIRST_OF_EACH =
  'number the rows in a subquery: SELECT … FROM (SELECT *, row_number() OVER (PARTITION BY …) AS n FROM …) WHERE n = 1'

/** What people write who come from other databases, and how SQLite says it. */
const HABITS: Readonly<Record<string, string>> = {
  ILIKE: "SQLite's LIKE already ignores case: write LIKE",
  '~': 'write LIKE with %, or GLOB with *',
  FORM: 'did you mean FROM?',
  FRM: 'did you mean FROM?',
  FETCH: 'write LIMIT n at the end',
  OFFSET: 'write LIMIT -1 OFFSET n',
  EXCLUDE: 'name the columns',
  EXCEPT: 'name the columns',
  QUALIFY: FIRST_OF_EACH,
}
/** The same of functions. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  now: "write datetime('now'), or strftime('%Y-%m-%dT%H:%M:%SZ', 'now') to compare with timestamps of the API",
  date_trunc: 'write substr(t, 1, 7) for the month, substr(t, 1, 10) for the day',
  to_char: 'write strftime(format, t)',
  date_part: "write strftime('%Y', t)",
  regexp_matches: 'write LIKE with %, or GLOB with *',
  split_part: 'write substr() with instr()',
  array_length: 'write json_array_length()',
  len: 'write length()',
  unnest: 'write FROM …, json_each(column)',
  jsonb_array_elements: 'write FROM …, json_each(column)',
  left: 'write substr(text, 1, n)',
}

/** Calls that the SQL standard writes with words between their arguments. */
const CALLS: Readonly<Record<string, string>> = {
  extract: "write strftime('%Y', t) for the year, '%m' for the month, '%d' for the day",
  substring: 'write substr(text, start, length)',
  trim: "write trim(text, 'characters'), ltrim or rtrim",
  overlay: 'write substr() and || around the new text',
  position: 'write instr(text, part)',
  cast: 'write CAST(value AS type)',
}

/** The name of the function in whose brackets an index stands. */
function enclosingCall({ tokens }: Source, index: number): string | undefined {
  let depth = 0
  for (let i = index - 1; i > 0; i--) {
    if (isOp(tokens[i], ')')) depth++
    else if (isOp(tokens[i], '(') && depth-- === 0)
      return isName(tokens[i - 1]) ? tokens[i - 1]!.text : undefined
  }
  return undefined
}

/** Where the dotted name begins that a dot at an index is in. */
function chainStart({ tokens }: Source, dot: number): number {
  let at = dot - 1
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return at
}

function hintFor(text: string, source: Source, after: number): { hint?: string } {
  const upper = text.toUpperCase()
  const before = source.tokens[after - 2]?.text.toUpperCase()
  const hint =
    before === 'FETCH'
      ? HABITS.FETCH
      : before === 'LIMIT' && upper === 'ALL'
        ? 'leave LIMIT out'
        : before === 'DISTINCT' && upper === 'ON'
          ? HABITS.QUALIFY
          : HABITS[before === 'TOP' ? 'FETCH' : before === 'ILIKE' ? before : upper]
  const told =
    hint
    ?? source.tokens
      .slice(Math.max(0, after - 2), after)
      .filter(t => t.kind === 'word')
      .map(t => typographic(t.text))
      .find(t => t !== undefined)
  if (told !== undefined) return { hint: told }
  const called = CALLS[enclosingCall(source, after - 1)?.toLowerCase() ?? '']
  if (called !== undefined) return { hint: called }
  if (text === '.' && isWord(source.tokens[chainStart(source, after - 1) - 1], 'IN'))
    return {
      hint: 'IN takes values in brackets, or a query: IN (SELECT column FROM provider.service.resource)',
    }
  if (text === '.' && source.tokens[after])
    return { hint: 'a table is named provider.service.resource, in FROM or JOIN' }
  return {}
}
