import { findMethod } from '../../catalog/names.ts'
import type { Verb } from '../../catalog/types.ts'
import { isName, isOp, isWord, type Token } from '../../sql/lexer.ts'
import type { Candidate, CandidatesFrom } from './candidate.ts'
import type { Known, KnownColumn } from './session-info.ts'
import {
  argumentsOf,
  methods,
  requiredFirst,
  required,
  settable,
  spelled,
  tables,
  tablesByParts,
  unique,
} from './catalog-candidates.ts'
import { nameFrom, placeAt, type Place } from './place.ts'
import { qualifies, scopeAt, shapeOf, tableOf, type ScopeTable } from './scope.ts'
import { conditions, joins } from './complete-joins.ts'
import { values, valuesWithPart } from './complete-values.ts'
import {
  continuations,
  hintsAfter,
  isStart,
  keywords,
  startsAfter,
  tableKeywords,
  takesOperand,
} from './keywords.ts'
import { COMMON_FUNCTIONS, FOLLOW, OPERANDS } from './words.ts'

/** The candidates at the cursor in SQL. */
export function completeSql(text: string, cursor: number, known: Known): CandidatesFrom {
  const place = placeAt(text, cursor)
  const { from } = place
  switch (place.kind) {
    case 'nothing':
      return { from, candidates: [] }
    case 'string': {
      const candidates = values(place, scopeAt(place, known), known)
      return { from, candidates, otherwise: () => valuesWithPart(place.typed, candidates) }
    }
    case 'variable':
      return {
        from,
        candidates: known.sessionInfo.variables.map(name => ({ text: `${place.typed[0]}${name}` })),
      }
    case 'argument':
      return { from, candidates: execArguments(place, known) }
    case 'hint':
      return { from, candidates: hintsAfter(place.tokens).map(hint => ({ text: hint, suffix: ' */ ' })) }
    default:
      return {
        from,
        candidates: unique(names(place, known)),
        ...(place.qualifier.length === 0
          && isTablePlace(place) && {
            otherwise: () => tablesByParts(place.typed, useOf(place.tokens), known),
          }),
      }
  }
}

const TABLE_WORDS = ['FROM', 'JOIN', 'INTO', 'UPDATE', 'REPLACE', 'DESCRIBE', 'DESC', 'TABLE', 'VIEW']

function names(place: Place, known: Known): Candidate[] {
  const { tokens, clause, qualifier } = place
  const last = tokens.at(-1)
  const first = tokens[0]
  if (isWord(first, 'EXEC') || (isWord(last, 'EXEC') && isOp(tokens.at(-2), '('))) return exec(place, known)
  if (isWord(first, 'USE')) return known.catalog.providers().map(p => ({ text: p.name }))
  if (isWord(first, 'SHOW')) return show(place, known)
  if (isWord(first, 'DESCRIBE', 'DESC') && qualifier.length === 3) return methods(qualifier, known)
  if (isTablePlace(place))
    return [
      ...joins(place, known),
      ...tables(qualifier, useOf(tokens), known),
      ...(qualifier.length > 0 ? [] : [...ctes(tokens), ...keywords(tableKeywords(last), place)]),
    ]
  if (tokens.length === 0 || isStart(last))
    return qualifier.length > 0 ? [] : keywords(startsAfter(last), place)
  if (clause.word === 'INTO') return into(place, known)
  return takesOperand(place) ? operands(place, known) : qualifier.length > 0 ? [] : continuations(place)
}

function isTablePlace({ tokens, clause }: Place): boolean {
  const last = tokens.at(-1)
  // ORDER BY name DESC
  if (isWord(last, 'DESC') && tokens.length > 1) return false
  if (isWord(last, ...TABLE_WORDS))
    return (
      !isWord(tokens.at(-2), 'CREATE', 'TEMP', 'TEMPORARY', 'MATERIALIZED')
      && !isOp(tokens.at(-2), '.')
      && !(isWord(last, 'FROM') && isWord(tokens.at(-2), 'DISTINCT'))
    )
  if (clause.word === 'REFRESH' || (isWord(last, 'EXISTS') && isWord(tokens[0], 'DROP'))) return true
  const opens = clause.paren === tokens.length - 1 && clause.at === tokens.length - 2
  return (
    (clause.word === 'FROM' || clause.word === 'JOIN')
    && (opens || (isOp(last, ',') && clause.paren === undefined))
  )
}

function useOf(tokens: readonly Token[]): Verb | 'any' {
  const [last, before] = [tokens.at(-1), tokens.at(-2)]
  if (isWord(last, 'INTO')) return 'insert'
  if (isWord(last, 'UPDATE') && tokens.length === 1) return 'update'
  if (isWord(last, 'REPLACE') && tokens.length === 1) return 'replace'
  if (isWord(before, 'DELETE')) return 'delete'
  return isWord(last, 'DESCRIBE', 'DESC') ? 'any' : 'select'
}

/** Names of common table expressions. */
function ctes(tokens: readonly Token[]): Candidate[] {
  return tokens.flatMap((t, i) =>
    isName(t)
    && isWord(tokens[i + 1], 'AS')
    && isOp(tokens[i + 2], '(')
    && (isWord(tokens[i - 1], 'WITH', 'RECURSIVE') || isOp(tokens[i - 1], ','))
      ? [{ text: t.text, suffix: ' ' }]
      : [],
  )
}

/** After `INSERT INTO table`: columns inside the parentheses, else keywords. */
function into(place: Place, known: Known): Candidate[] {
  const { tokens, clause, qualifier } = place
  if (clause.paren === undefined) return keywords(FOLLOW.into!, place)
  const target = nameFrom(tokens, clause.at + 1)
  const resource = target && tableOf(target.parts, known)?.resource
  if (!resource)
    return target ? (tableOf(target.parts, known)?.columns ?? []).map(c => ({ text: spelled(c.name) })) : []
  const before = qualifier
    .map(q => `${q}.`)
    .join('')
    .toLowerCase()
  return settable(resource, 'insert')
    .filter(c => c.text.toLowerCase().startsWith(before))
    .map(c => ({
      ...c,
      text: c.text.slice(before.length),
      ...(c.label !== undefined && { label: c.label.slice(before.length) }),
    }))
}

function exec({ qualifier, tokens, typed }: Place, known: Known): Candidate[] {
  if (!isWord(tokens.at(-1), 'EXEC')) return typed === '' ? execArguments({ tokens } as Place, known) : []
  const full =
    known.sessionInfo.provider !== undefined
    && qualifier.length === 2
    && !known.catalog.provider(qualifier[0]!)
      ? [known.sessionInfo.provider, ...qualifier]
      : qualifier
  return full.length === 3
    ? methods(full, known)
    : tables(qualifier, 'any', { ...known, sessionInfo: { ...known.sessionInfo, tables: [] } }).map(c => ({
        text: c.text,
        suffix: '.',
      }))
}

function execArguments({ tokens }: Place, { catalog }: Known): Candidate[] {
  const at = tokens.findLastIndex(t => isWord(t, 'EXEC'))
  const [provider = '', service = '', resource = '', name = ''] =
    at < 0 ? [] : (nameFrom(tokens, at + 1)?.parts ?? [])
  const found = catalog.resource(provider, service, resource)
  const method = found && findMethod(found, name)
  const given = new Set(tokens.flatMap(t => (t.kind === 'param' ? [t.text] : [])))
  return method ? argumentsOf(method).filter(a => !given.has(a.text)) : []
}

function show(place: Place, known: Known): Candidate[] {
  const { tokens, qualifier } = place
  const what = tokens.find((t, i) => i > 0 && !isWord(t, 'EXTENDED'))?.value
  if (what === undefined)
    return keywords(
      [
        'PROVIDERS',
        'SERVICES IN',
        'RESOURCES IN',
        'METHODS IN',
        'INSERT INTO',
        'TABLES',
        'COLUMNS IN',
        'EXTENDED',
      ],
      place,
    )
  if (!isWord(tokens.at(-1), 'IN', 'FROM', 'INTO'))
    return keywords(isWord(tokens.at(-1), what) ? ['IN', 'LIKE'] : ['LIKE'], place)
  const deep = what === 'SERVICES' ? 1 : what === 'RESOURCES' ? 2 : 3
  return qualifier.length >= deep
    ? []
    : tables(qualifier, what === 'INSERT' ? 'insert' : 'any', known).map(c => ({
        text: c.text,
        ...(qualifier.length + 1 < deep && { suffix: '.' }),
      }))
}

function operands(place: Place, known: Known): Candidate[] {
  const { qualifier, clause, typed, tokens } = place
  const scope = scopeAt(place, known)
  if (qualifier.length > 0) return parts(qualifier, scope, clause.word)
  const isSet =
    clause.word === 'SET'
    && (isWord(tokens.at(-1), 'SET') || (isOp(tokens.at(-1), ',') && clause.paren === undefined))
  const [target] = scope.slice(-1)
  const verb = isWord(tokens[0], 'REPLACE') ? 'replace' : 'update'
  if (isSet && target?.resource) return settable(target.resource, verb).map(c => ({ ...c, suffix: ' = ' }))
  const compared = values(place, scope, known)
  const joined = conditions(place, known)
  if (typed === '' && joined.length > 0) return joined
  if (typed === '' && compared.length > 0) return compared
  const found = [...joined, ...compared, ...columns(scope, place)]
  if (typed === '' && found.length > 0) return found
  const functions = known.sessionInfo.functions.filter(f => /^[a-z_]\w*$/.test(f))
  const called = (all: readonly string[]): Candidate[] => all.map(text => ({ text, suffix: '(' }))
  const others = [
    ...aliases(scope),
    ...keywords(OPERANDS, place),
    ...called(functions.filter(f => COMMON_FUNCTIONS.has(f))),
  ]
  const likely = [...found, ...others]
  const isLikely = likely.some(c => c.text.toLowerCase().startsWith(typed.toLowerCase()))
  return isLikely ? likely : called(functions)
}

function columns(scope: readonly ScopeTable[], { clause, tokens }: Place): Candidate[] {
  const verb = isWord(tokens[0], 'DELETE')
    ? 'delete'
    : isWord(tokens[0], 'UPDATE')
      ? 'update'
      : isWord(tokens[0], 'REPLACE')
        ? 'replace'
        : 'select'
  const needed = new Set(scope.flatMap(s => (s.resource ? [...required(s.resource, verb)] : [])))
  const found = requiredFirst(
    [...needed, ...scope.flatMap(s => s.columns.map(c => c.name))].filter(
      n => !n.includes('.') || clause.word !== 'SELECT',
    ),
    name => needed.has(name),
  )
  return clause.word === 'WHERE' || clause.word === 'ON'
    ? found
    : found.toSorted((a, b) => orderOf(a, scope) - orderOf(b, scope))
}

/** Position of a column: by table in FROM, then by column. */
const orderOf = ({ text }: Candidate, scope: readonly ScopeTable[]): number =>
  scope.flatMap(s => s.columns).findIndex(c => spelled(c.name) === text)

const aliases = (scope: readonly ScopeTable[]): Candidate[] =>
  scope.flatMap(s => (s.names.length === 1 ? [{ text: spelled(s.names[0]!), suffix: '.' }] : []))

/** Candidates after a dot: the columns of a table or alias, or the fields of an object column. */
function parts(qualifier: readonly string[], scope: readonly ScopeTable[], clause: string): Candidate[] {
  const tablesNamed = scope.filter(s => s.names.length > 0 && qualifies(s, qualifier) === qualifier.length)
  const own = tablesNamed.flatMap(s =>
    s.columns.map((c: KnownColumn) => ({
      text: spelled(c.name),
      ...(s.resource
        && clause !== 'SELECT'
        && required(s.resource, 'select').has(c.name) && { label: `${c.name}*` }),
    })),
  )
  const fields = Object.keys(shapeOf(qualifier, scope)?.fields ?? {}).map(text => ({ text }))
  return [...own, ...fields]
}
