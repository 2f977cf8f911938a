import type { Span } from '../errors.ts'
import { isSecretName, MASK, mayBeSecret, secretsIn } from '../secrets.ts'
import { isName, isOp, isWord, lexOpen, nameOf, type Token } from './lexer.ts'

/**
 * The tokens of a statement whose values may be secrets: texts that look like one, or follow the name of one; all texts of a statement that names a
 * column or argument with the name of a secret, since which text ends up in which column is not known here; and numbers
 * and words compared with, or assigned to, such a column. It errs on the side of masking too much.
 */
export function secretTokens(tokens: readonly Token[]): readonly Token[] {
  const columns = secretColumns(tokens)
  return tokens.filter((t, i) => {
    if (t.kind === 'string' || t.kind === 'blob')
      return t.value !== '' && (columns.size > 0 || mayBeSecret(t.value) || isPaired(tokens, i))
    if (!isBareValue(tokens, i)) return false
    return columns.has(tokens[i - 2]!) || (t.kind === 'name' && mayBeSecret(t.value))
  })
}

/** Whether a text follows the name of a secret as in `json_object('sasl.password', 'x')`, or in a row of names and values. */
function isPaired(tokens: readonly Token[], index: number): boolean {
  const name = tokens[index - 2]
  return isOp(tokens[index - 1], ',') && name?.kind === 'string' && isSecretName(name.value)
}

/** The texts of a statement that are certainly secrets: by their form, or by the name that they are compared with or assigned to. */
export function secretValues(tokens: readonly Token[]): string[] {
  const columns = secretColumns(tokens)
  return tokens.flatMap((t, i) => {
    if (t.kind === 'string' && isPaired(tokens, i)) return [t.value]
    if (t.kind === 'string' && isAfterEquals(tokens, i) && columns.has(tokens[i - 2]!)) return [t.value]
    return t.kind === 'string' || t.kind === 'name' ? secretsIn(t.value) : []
  })
}

/** Name tokens of columns and arguments that hold secrets. Names of tables are left out: a table may be called `secrets`. */
function secretColumns(tokens: readonly Token[]): ReadonlySet<Token> {
  const named = tokens.filter(
    t => (t.kind === 'param' || isName(t)) && isSecretName(nameOf(t).replace(/^[:@$]+/, '')),
  )
  if (named.length === 0) return new Set()
  const tables = new Set<string>()
  tokens.forEach((t, i) => {
    if (isName(t) && isTableName(tokens, i)) tables.add(nameOf(t).toLowerCase())
  })
  const isTable = (t: Token): boolean => {
    const at = tokens.indexOf(t)
    return isTableName(tokens, at) || (isOp(tokens[at + 1], '.') && tables.has(nameOf(t).toLowerCase()))
  }
  return new Set(named.filter(t => !isTable(t)))
}

const BEFORE_TABLES = ['FROM', 'JOIN', 'IN', 'INTO', 'UPDATE', 'REPLACE', 'DESCRIBE', 'DESC', 'TABLE', 'VIEW']

function isTableName(tokens: readonly Token[], index: number): boolean {
  let at = index
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return isWord(tokens[at - 1], ...BEFORE_TABLES)
}

/** Whether a token is a number or a name in the place of a value: `password = hunter2`. */
function isBareValue(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index]!
  if (token.kind !== 'number' && !isName(token)) return false
  return (
    isAfterEquals(tokens, index)
    && !isOp(tokens[index + 1], '.', '(')
    && !isWord(token, 'NULL', 'TRUE', 'FALSE')
  )
}

const isAfterEquals = (tokens: readonly Token[], index: number): boolean =>
  isOp(tokens[index - 1], '=', '==', '<>', '!=')

/** A text of SQL with a mask for each value that may be a secret. */
export function maskSql(sql: string): string {
  return maskTokens(sql, secretTokens(lexOpen(sql)), { start: 0, end: sql.length })
}

/** One statement of a text, masked likewise. */
export function shownStatement(text: string, piece: Span & { readonly tokens: readonly Token[] }): string {
  return maskTokens(text, secretTokens(piece.tokens), piece)
}

function maskTokens(text: string, secrets: readonly Token[], { start, end }: Span): string {
  let shown = ''
  let from = start
  for (const token of secrets) {
    shown += `${text.slice(from, token.start)}'${MASK}'`
    from = token.end
  }
  return shown + text.slice(from, end)
}
