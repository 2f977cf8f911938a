import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import { closingBracket, openingBracket, operandEnd, operandStart, textBetween } from '../../sql/nearby.ts'
import { someNode } from '../../sql/expression.ts'
import { isCombining } from '../../sql/properties.ts'
import { coresOf, type BoundCore } from '../binding/bound.ts'
import { didYouMean } from '../names.ts'
import { callAt, write } from '../instead-of-calls.ts'
import { FORMS } from './other-forms.ts'
import type { Refused } from './refused.ts'

/** Most columns that a hint lists. */
const MOST_COLUMNS = 60

/** A form at a place: the tokens that it covers, and those of its wildcards. */
interface Found {
  readonly from: number
  readonly to: number
  readonly wildcards: readonly string[]
}

/** The hint for the form of another database that covers a token; undefined if there is none. */
export function hintForForm(r: Refused, at: number): string | undefined {
  const interval = intervalAt(r, at)
  if (interval !== undefined) return interval
  const ordered = orderedAggregate(r, at)
  if (ordered !== undefined) return ordered
  for (const [form, text] of FORMS) {
    const parts = form.split(' ')
    for (let from = at - parts.length + 1; from <= at; from++) {
      const wildcards = matchForm(r.source.tokens, parts, Math.max(from, r.range.from))
      if (wildcards && from >= r.range.from)
        return fillIn(r, text, { from, to: from + parts.length, wildcards })
    }
  }
  return undefined
}

/** The tokens of the wildcards of a form, if it stands at an index. */
function matchForm(tokens: readonly Token[], parts: readonly string[], from: number): string[] | undefined {
  const wildcards: string[] = []
  for (const [i, part] of parts.entries()) {
    const token = tokens[from + i]
    if (!token) return undefined
    const isWildcard = part === '?' || (part === '#' && token.kind === 'number')
    if (isWildcard) wildcards.push(token.text)
    else if (part === '#' || (token.kind !== 'word' && token.kind !== 'op')) return undefined
    else if (token.value.toUpperCase() !== part) return undefined
  }
  return wildcards
}

/** The text of a hint with what the statement has. */
function fillIn(r: Refused, text: string, found: Found): string {
  const { source } = r
  const { tokens } = source
  const { from, to, wildcards } = found
  const values: Readonly<Record<string, () => string>> = {
    left: () => textBetween(source.text, tokens, operandStart(tokens, from), from),
    right: () => textBetween(source.text, tokens, ...afterForm(tokens, found)),
    inside: () =>
      isOp(tokens[to], '(') ? textBetween(source.text, tokens, to + 1, closingBracket(tokens, to)) : '',
    elements: () => (wildcards.at(-1) ?? '').replace(/^\[(.*)\]$/s, '$1'),
    groups: () => positions(r, from, true),
    columns: () => positions(r, from, false),
    rest: () => columnsAt(r, found, namesAfter(tokens, to)),
    'columns of *': () => columnsAt(r, found, []),
  }
  return text.replace(/\{([\w *]+)\}/g, (_, name: string) =>
    /^\d$/.test(name) ? (wildcards[Number(name) - 1] ?? '…') : values[name]!() || '…',
  )
}

/** The operand after a form. For one that ends in a wildcard before an operator: the condition from there. */
function afterForm(tokens: readonly Token[], { to, wildcards }: Found): [number, number] {
  if (wildcards.length === 0 || isOp(tokens[to - 1], ',')) return [to, operandEnd(tokens, to)]
  const operator = tokens[to]?.kind === 'op' && !isOp(tokens[to], ')', ',') ? to + 1 : to
  return [to - 1, operator === to ? to : operandEnd(tokens, operator)]
}

/** The innermost SELECT that a token is in. */
function coreAt(r: Refused, at: number): BoundCore | undefined {
  const around = coresOf(r.root).filter(
    ({ core, parent }) =>
      parent.query.source === r.source
      && parent.query.range.from <= at
      && at <= parent.query.range.to
      && core.range.from <= at,
  )
  return around.toSorted((a, b) => b.core.range.from - a.core.range.from)[0]
}

/** The numbers of the result columns, without aggregates if they are to be grouped by. */
function positions(r: Refused, at: number, isGrouping: boolean): string {
  const items = coreAt(r, at)?.core.items ?? []
  if (items.some(item => item.star)) return ''
  const functions = r.context.validator.functions()
  return items
    .flatMap(({ expr }, i) =>
      isGrouping && someNode(expr, e => isCombining(e, functions)) ? [] : [String(i + 1)],
    )
    .join(', ')
}

/** The names after `* EXCLUDE`: one, or those in brackets. */
function namesAfter(tokens: readonly Token[], at: number): string[] {
  const open = isOp(tokens[at - 1], '(') ? at - 1 : at
  const end = isOp(tokens[open], '(') ? closingBracket(tokens, open) : open + 1
  return tokens
    .slice(open, end)
    .filter(t => t.kind === 'word' || t.kind === 'name')
    .map(t => (t.kind === 'name' ? t.value : t.text).toLowerCase())
}

/** The columns that the star of a form stands for, without some. */
function columnsAt(r: Refused, { from }: Found, without: readonly string[]): string {
  const { tokens } = r.source
  const alias = isOp(tokens[from - 1], '.') ? tokens[from - 2]?.text.toLowerCase() : undefined
  const core = coreAt(r, from)
  // SQLite's EXCEPT begins another SELECT, which then has the FROM
  const owner = core?.relations.length === 0 ? core.parent.cores.find(c => c.relations.length > 0) : core
  const relations = (owner?.relations ?? []).filter(
    relation => alias === undefined || relation.alias.toLowerCase() === alias,
  )
  const isQualified = alias !== undefined || relations.length > 1
  const names = relations.flatMap(relation =>
    (relation.columns ?? [])
      .filter(c => !c.isHidden && !without.includes(c.name.toLowerCase()))
      .map(c => (isQualified ? `${relation.alias}.${c.name}` : c.name)),
  )
  if (names.length === 0 || names.length > MOST_COLUMNS) return 'the names of the columns'
  // the qualifier of the star stays where it is
  return alias === undefined ? names.join(', ') : names.join(', ').slice(alias.length + 1)
}

/** Intervals that are not translated (src/plan/translation): those that are compared, and those that are no whole numbers of units. */
function intervalAt({ source }: Refused, at: number): string | undefined {
  const { text, tokens } = source
  const word = [at, at - 1].find(i => isWord(tokens[i], 'INTERVAL'))
  if (word === undefined) return undefined
  const operator = tokens[word - 1]
  const flipped = isOp(operator, '<', '<=', '>', '>=') ? FLIPPED[operator!.text] : undefined
  if (flipped === undefined) return WHOLE_UNITS
  const isBracketed = isOp(tokens[word - 2], ')') && !isOp(tokens[openingBracket(tokens, word - 2) - 1], ')')
  const end = isBracketed && openingBracket(tokens, word - 2) >= 0 ? word - 2 : word - 1
  return (
    comparedDifference(text, tokens, end, flipped, textBetween(text, tokens, word, word + 2))
    ?? comparedDifference(text, tokens, word - 1, flipped, textBetween(text, tokens, word, word + 2))
    ?? WHOLE_UNITS
  )
}

const WHOLE_UNITS =
  "write a time before it and whole numbers of units in it, such as now() - interval '36 hours', or now() - interval '1 year 6 months'"

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** What to write for `a - b > interval '90 days'`, where the difference ends before `end`. */
function comparedDifference(
  text: string,
  tokens: readonly Token[],
  end: number,
  operator: string,
  interval: string,
): string | undefined {
  const right = operandStart(tokens, end)
  if (right === end || !isOp(tokens[right - 1], '-')) return undefined
  const left = operandStart(tokens, right - 1)
  if (left === right - 1) return undefined
  const later = textBetween(text, tokens, left, right - 1)
  const isNow = /^strftime\('%Y-%m-%dT%H:%M:%SZ', 'now'\)$/.test(later)
  const earlier = textBetween(text, tokens, right, end)
  return `write ${earlier} ${operator} ${isNow ? 'now()' : later} - ${interval}`
}

/** `percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)`. */
function orderedAggregate({ source }: Refused, at: number): string | undefined {
  const { text, tokens } = source
  const within = [at, at - 1, at - 2].find(i => isWord(tokens[i], 'WITHIN') && isWord(tokens[i + 1], 'GROUP'))
  if (within === undefined || !isOp(tokens[within - 1], ')')) return undefined
  const name = openingBracket(tokens, within - 1) - 1
  if (name < 0 || !isOp(tokens[within + 2], '(')) return undefined
  const { name: called, args } = callAt(source, name)
  const order = textBetween(text, tokens, within + 3, closingBracket(tokens, within + 2))
  const by = order.replace(/^order\s+by\s+/i, '')
  if (called.startsWith('percentile'))
    return write(`${called}($1, $2)`, [by.replace(/\s+(?:asc|desc)$/i, ''), args[0] ?? '0.5'])
  if (called === 'mode') return `write SELECT ${by}, count(*) FROM … GROUP BY 1 ORDER BY 2 DESC LIMIT 1`
  return `write string_agg(${[...args, ...(args.length < 2 ? ["','"] : [])].join(', ')} ${order})`
}

/** `; did you mean FROM?` and the like for a misspelt keyword around the token where SQLite fails. */
export function misspelt(r: Refused, at: number, keywords: readonly string[]): string | undefined {
  const known = new Set(
    coresOf(r.root)
      .flatMap(core =>
        core.relations.flatMap(relation => [relation.alias, ...(relation.columns ?? []).map(c => c.name)]),
      )
      .map(name => name.toLowerCase()),
  )
  for (const token of [r.source.tokens[at - 1], r.source.tokens[at]]) {
    if (token?.kind !== 'word' || keywords.includes(token.value) || token.text.length < 3) continue
    const isAlias = known.has(token.text.toLowerCase()) && r.source.tokens[at] === token
    if (isAlias) continue
    const found = didYouMean(token.text, keywords)
    if (found !== '') return `did you mean ${found.replace(/^.*"(.*)".*$/, '$1')}?`
  }
  return undefined
}
