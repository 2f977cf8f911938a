import { ConfluentqlError, type Span } from '../../errors.ts'
import { someNode } from '../../sql/expression.ts'
import { isName, isOp, isWord, nameOf } from '../../sql/lexer.ts'
import { operandEnd, textBetween } from '../../sql/nearby.ts'
import { isCombining } from '../../sql/properties.ts'
import type { Core, Query, Range } from '../../sql/query.ts'
import { coresOf } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { didYouMean, spanOf } from '../names.ts'
import { misplacedAggregate } from './aggregates.ts'
import type { Refused } from './refused.ts'
import { aliasesIn } from './unknown-column.ts'

/** The error for a text that SQLite rejects although its syntax, columns and functions are right. */
export function explainMisuse(r: Refused): ConfluentqlError {
  for (const [pattern, explain] of MISUSES) {
    const found = pattern.exec(r.message)
    const error = found && explain(r, found)
    if (error) return error
  }
  return misuse(r, r.message, partAtFault(r))
}

type Explain = (r: Refused, found: RegExpExecArray) => ConfluentqlError | undefined

/** SQLite's messages (select.c, resolve.c, expr.c, build.c), and the errors for them. */
const MISUSES: readonly (readonly [RegExp, Explain])[] = [
  [/^no such table: (.*)$/s, (r, [, name = '']) => noTable(r, name)],
  [
    /^misuse of window function (.*)\(\)$/s,
    (r, [, name = '']) =>
      misuse(
        r,
        `${name}() is a window function`,
        tokenAt(r, name, '('),
        `write ${callText(r, name)} OVER (ORDER BY …)`,
      ),
  ],
  [
    /^no such window: (.*)$/s,
    (r, [, name = '']) =>
      misuse(
        r,
        `no window "${name}"`,
        tokenAt(r, name),
        `define it: WINDOW ${name} AS (ORDER BY …), before ORDER BY`,
      ),
  ],
  [
    /^(\d+)\w+ (ORDER|GROUP) BY term out of range - should be between 1 and (\d+)$/,
    (r, [, nth = '', clause = '', count = '']) =>
      misuse(
        r,
        `${clause} BY has a number that is no column: the query has ${count}`,
        termAt(r, clause, Number(nth), Number(count)),
        `write ${count === '1' ? '1' : `a number from 1 to ${count}`}, or an expression`,
      ),
  ],
  [
    /^sub-select returns (\d+) columns - expected (\d+)$/,
    (r, [, count = '', wanted = '']) =>
      misuse(
        r,
        `the subquery has ${count} columns where ${wanted === '1' ? 'one is' : `${wanted} are`} needed`,
        partAtFault(r),
      ),
  ],
  [
    /^SELECTs to the left and right of (\w+)/,
    (r, [, word = '']) =>
      misuse(r, `the queries around ${word} have different numbers of columns`, tokenAt(r, word)),
  ],
  [
    /^all VALUES must have the same number of terms$/,
    r => misuse(r, 'all rows of VALUES must have the same number of values', tokenAt(r, 'VALUES')),
  ],
  [
    /^cannot join using column (.*) - column not present in both tables$/s,
    (r, [, name = '']) =>
      misuse(
        r,
        `USING (${name}): not both tables have a column "${name}"`,
        tokenAt(r, name, undefined, 'USING'),
        'write ON a.x = b.y',
      ),
  ],
  [
    /^table (.*) has (\d+) values for (\d+) columns$/s,
    (r, [, name = '', values = '', columns = '']) =>
      misuse(
        r,
        `"${name}" is given ${columns} names of columns, and its query has ${values}`,
        tokenAt(r, name),
      ),
  ],
  [
    /^circular reference: (.*)$/s,
    (r, [, name = '']) =>
      misuse(
        r,
        `"${name}" reads itself but has no initial SELECT`,
        tokenAt(r, name),
        'write SELECT … UNION ALL SELECT … FROM it',
      ),
  ],
  [
    /^DISTINCT aggregates must have exactly one argument$/,
    r =>
      misuse(
        r,
        'an aggregate with DISTINCT takes one argument',
        tokenAt(r, 'DISTINCT'),
        'leave the separator out, which is then a comma; or take DISTINCT in a subquery: FROM (SELECT DISTINCT … FROM …)',
      ),
  ],
  [/^aggregate functions are not allowed in the GROUP BY clause$/, r => misplacedAggregate(r)],
  [/^HAVING clause on a non-aggregate query$/, r => havingAlone(r)],
  [
    /^unknown join type: (.*)$/s,
    (r, [, name = '']) => {
      const word = name.split(' ')[0]!
      const hint = 'write JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN or CROSS JOIN'
      return misuse(r, `there is no ${name} JOIN`, tokenAt(r, word), hint)
    },
  ],
  [
    /^too many FROM clause terms, max: (\d+)$/,
    (r, [, most = '']) => {
      const isNamed = r.source.tokens.some(token => isWord(token, 'WITH'))
      return misuse(
        r,
        `more than ${most} tables: SQLite counts those of a CTE, subquery or view each time that it is named`,
        undefined,
        isNamed
          ? 'write AS MATERIALIZED (…) for the CTEs that are named more than once'
          : 'store a part first: CREATE TEMP TABLE part AS SELECT …',
      )
    },
  ],
  [/^row value misused$/, r => misuse(r, 'a row value stands where one value is needed', partAtFault(r))],
]

function misuse(r: Refused, message: string, span: Span | undefined, hint?: string): ConfluentqlError {
  return new ConfluentqlError('SYNTAX', message, {
    span: span ?? spanOf(r.source, { from: r.range.from, to: r.range.from + 1 }),
    ...(hint !== undefined && { hint }),
  })
}

/** The span of the first token with a text or name: followed by `next` and preceded by the word `after`, if these are given. */
function tokenAt({ source, range }: Refused, text: string, next?: string, after?: string): Span | undefined {
  const { tokens } = source
  const wanted = text.toLowerCase()
  let isAfter = after === undefined
  for (let i = range.from; i < range.to; i++) {
    const token = tokens[i]!
    isAfter ||= isWord(token, after ?? '')
    const same =
      token.text.toLowerCase() === wanted || (isName(token) && nameOf(token).toLowerCase() === wanted)
    if (isAfter && same && (next === undefined || isOp(tokens[i + 1], next)))
      return { start: token.start, end: token.end }
  }
  return undefined
}

/** The first call of a function, as written. */
function callText({ source, range }: Refused, name: string): string {
  const { text, tokens } = source
  const at = tokens.findIndex(
    (t, i) => i >= range.from && t.text.toLowerCase() === name.toLowerCase() && isOp(tokens[i + 1], '('),
  )
  return at < 0 ? `${name}()` : textBetween(text, tokens, at, operandEnd(tokens, at))
}

/** HAVING of a query without groups: a condition on rows belongs to WHERE. */
function havingAlone(r: Refused): ConfluentqlError {
  const functions = r.context.validator.functions()
  const core = coresOf(r.root).find(
    c => c.core.having && !c.core.groupBy && c.parent.query.source === r.source,
  )
  const having = core?.core.having
  const hasAggregate = having && someNode(having, e => isCombining(e, functions))
  const items = core?.core.items ?? []
  const groups = items.some(i => i.star) ? '…' : items.map((_, i) => i + 1).join(', ')
  return misuse(
    r,
    'HAVING has no groups to select from',
    having ? spanOf(r.source, { from: having.range.from - 1, to: having.range.from }) : tokenAt(r, 'HAVING'),
    hasAggregate ? `write GROUP BY ${groups} before HAVING` : 'write WHERE instead of HAVING',
  )
}

/** The error for `name.*` where the name is no table. */
function noTable(r: Refused, name: string): ConfluentqlError | undefined {
  const { tokens } = r.source
  for (let i = r.range.from; i < r.range.to; i++) {
    const dotted = dottedNameAt(r, i)
    if (!dotted || dotted.name.toLowerCase() !== name.toLowerCase()) continue
    const span = { start: tokens[i]!.start, end: tokens[dotted.to - 1]!.end }
    const unknown = (hint: string, near = ''): ConfluentqlError =>
      new ConfluentqlError('UNKNOWN_NAME', `no table "${name}"${near}`, { span, hint })
    if (isOp(tokens[dotted.to], '.') && isOp(tokens[dotted.to + 1], '*')) {
      const aliases = aliasesIn(r)
      return unknown(`names in scope: ${aliases.join(', ')}`, didYouMean(name, aliases))
    }
  }
  return undefined
}

/** The dotted name that begins at an index, without a `.*` after it. */
function dottedNameAt(
  { source: { tokens } }: Refused,
  from: number,
): { name: string; to: number } | undefined {
  const first = tokens[from]
  if (!isName(first) || isOp(tokens[from - 1], '.')) return undefined
  const parts = [nameOf(first)]
  let to = from + 1
  while (isOp(tokens[to], '.') && isName(tokens[to + 1])) {
    parts.push(nameOf(tokens[to + 1]!))
    to += 2
  }
  return { name: parts.join('.'), to }
}

/** The span of the first number in ORDER BY or GROUP BY that is out of range. */
function termAt(r: Refused, clause: string, nth: number, count: number): Span | undefined {
  for (const { core, parent } of coresOf(r.root)) {
    const { source } = parent.query
    const terms = clause === 'GROUP' ? core.groupBy : parent.query.orderBy
    const term = source === r.source ? terms?.[nth - 1] : undefined
    const token = term && source.tokens[term.range.from]
    if (term && token?.kind === 'number' && (Number(token.text) < 1 || Number(token.text) > count))
      return spanOf(source, term.range)
  }
  return undefined
}

/** SQLite parses the text again for each part that is tried. */
const MOST_PARTS = 100

/** The smallest part without which SQLite accepts the text: a result column, a clause, a condition of a join. */
function partAtFault(r: Refused): Span | undefined {
  const { source } = r
  const parts = coresOf(r.root)
    .filter(c => c.parent.query.source === source)
    .flatMap(c => removableParts(c.core, c.parent.query))
    .sort((a, b) => a.to - a.from - (b.to - b.from))
  if (parts.length > MOST_PARTS) return undefined
  const found = parts.find(part => isAcceptedWithout(r, part))
  return found && spanOf(source, found)
}

function removableParts(core: Core, { orderBy = [], limit }: Query): Range[] {
  const { items, where, groupBy = [], having, from } = core
  const expressions = [
    ...items.filter(i => !i.star).map(i => i.expr),
    ...(where ? [where] : []),
    ...(having ? [having] : []),
    ...groupBy,
    ...orderBy,
    ...joinsOf(from).flatMap(j => (j.on ? [j.on] : [])),
  ]
  return [...expressions.map(e => e.range), ...(limit ? [limit.range] : [])]
}

function isAcceptedWithout({ source, range, binder, context, tables }: Refused, part: Range): boolean {
  const render = (from: number, to: number): string => binder.splices.render(source, { from, to })
  const text = `${render(range.from, part.from)} 1 ${render(part.to, range.to)}`
  return context.validator.check(text, tables).error === undefined
}
