import { isName, isOp, isWord, lexOpen, nameOf, type Token } from '../../sql/lexer.ts'
import { scan } from './scan.ts'

/** The syntactic position of the cursor in a statement. */
export interface Place {
  /** Tokens before the name that is being typed; offsets count in the whole text. */
  readonly tokens: readonly Token[]
  /** The dotted names before the typed one: `a.b.` gives a, b. */
  readonly qualifier: readonly string[]
  /** The text being typed, and its offset. */
  readonly typed: string
  readonly from: number
  readonly kind: 'name' | 'string' | 'variable' | 'argument' | 'hint' | 'nothing'
  /** The clause at the cursor. */
  readonly clause: Clause
  /** The whole statement. */
  readonly statement: { readonly text: string; readonly start: number }
}

export interface Clause {
  /** The word that begins it, upper case; empty at the beginning of a statement. */
  readonly word: string
  /** Index of that word in the tokens. */
  readonly at: number
  /** Index of the parenthesis that the cursor stands in, if it is open within the clause. */
  readonly paren: number | undefined
}

const CLAUSES = [
  'SELECT',
  'FROM',
  'JOIN',
  'WHERE',
  'ON',
  'GROUP',
  'ORDER',
  'HAVING',
  'LIMIT',
  'SET',
  'VALUES',
  'RETURNING',
  'INTO',
  'EXEC',
  'USE',
  'SHOW',
  'DESCRIBE',
  'UNION',
  'EXCEPT',
  'INTERSECT',
  'WITH',
  'TABLE',
  'VIEW',
  'USING',
]
/** Keywords that are clauses only at the beginning of a statement. */
const FIRST = ['UPDATE', 'REPLACE', 'DELETE', 'DESC', 'EXPLAIN', 'CREATE', 'DROP', 'REFRESH', 'INSERT']

/** Reads the position of the cursor in SQL. */
export function placeAt(text: string, cursor: number): Place {
  const item = scan(text).items.find(i => i.kind === 'statement' && i.start <= cursor && cursor <= i.end)
  const statement = item
    ? { text: text.slice(item.start, item.end), start: item.start }
    : { text: '', start: cursor }
  const before = text.slice(statement.start, cursor)
  const tokens = lexOpen(before, statement.start)
  const { open } = scan(before)
  const isComment =
    open === '/*' || /--[^\n]*$/.test(before.slice((tokens.at(-1)?.end ?? statement.start) - statement.start))
  const hint = open === '/*' ? /\/\*\+(?:\s*\w+[\s,]+)*\s*(\w*)$/.exec(before)?.[1] : undefined
  const { typed, kind } = isComment
    ? { typed: hint ?? '', kind: hint === undefined ? ('nothing' as const) : ('hint' as const) }
    : typedAt(before, tokens.at(-1), cursor, open)
  const from = cursor - typed.length
  const rest = tokens.filter(t => t.end <= from)
  const end = kind === 'name' ? qualifierStart(rest) : rest.length
  const qualifier = rest.slice(end).filter(isName).map(nameOf)
  const preceding = rest.slice(0, end)
  return { tokens: preceding, qualifier, typed, from, kind, clause: clauseOf(preceding), statement }
}

function typedAt(
  before: string,
  last: Token | undefined,
  cursor: number,
  open: string | undefined,
): { typed: string; kind: Place['kind'] } {
  if (open === "'") return { typed: last?.text ?? '', kind: 'string' }
  if (open === '"') return { typed: '', kind: 'nothing' }
  const variable = /(?:^|[^\w@:$#])([:$]\w*|@[\w.]*)$/.exec(before)?.[1]
  if (variable !== undefined)
    return { typed: variable, kind: variable.startsWith('@') ? 'argument' : 'variable' }
  if (last?.end !== cursor || last.kind === 'op') return { typed: '', kind: 'name' }
  return last.kind === 'word' ? { typed: last.text, kind: 'name' } : { typed: '', kind: 'nothing' }
}

/** Index of the first token of a trailing qualifier (`a.b.`); the number of tokens if there is none. */
function qualifierStart(tokens: readonly Token[]): number {
  let at = tokens.length
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return at
}

function clauseOf(tokens: readonly Token[]): Clause {
  let depth = 0
  let paren: number | undefined
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = tokens[i]
    if (isOp(token, ')')) depth++
    else if (isOp(token, '(')) {
      if (depth > 0) depth--
      else paren ??= i
    } else if (
      depth === 0
      && !isOp(tokens[i - 1], '.')
      && (isWord(token, ...CLAUSES) || (i === 0 && isWord(token, ...FIRST)))
      && !isFromOfDistinct(tokens, i)
    ) {
      return { word: token!.value, at: i, paren }
    }
  }
  return { word: '', at: -1, paren }
}

/** FROM in the operator IS [NOT] DISTINCT FROM. */
function isFromOfDistinct(tokens: readonly Token[], index: number): boolean {
  return (
    isWord(tokens[index], 'FROM')
    && isWord(tokens[index - 1], 'DISTINCT')
    && isWord(tokens[index - 2], 'IS', 'NOT')
  )
}

/** The dotted name that ends before an index, if one does. */
export function nameBefore(
  tokens: readonly Token[],
  end: number,
): { readonly parts: string[]; readonly from: number } | undefined {
  if (!isName(tokens[end - 1])) return undefined
  let from = end - 1
  while (isOp(tokens[from - 1], '.') && isName(tokens[from - 2])) from -= 2
  return { parts: tokens.slice(from, end).filter(isName).map(nameOf), from }
}

/** The dotted name that begins at an index, if one does. */
export function nameFrom(
  tokens: readonly Token[],
  start: number,
): { readonly parts: string[]; readonly to: number } | undefined {
  if (!isName(tokens[start])) return undefined
  let to = start + 1
  while (isOp(tokens[to], '.') && isName(tokens[to + 1])) to += 2
  return { parts: tokens.slice(start, to).filter(isName).map(nameOf), to }
}
