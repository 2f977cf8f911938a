import { isOp, type Token } from './lexer.ts'
import { readColumns } from './read-change.ts'
import { misspelt, searchFor, SHOWN } from './other-statements.ts'
import type { StatementReader, Name } from './statement-reader.ts'
import type { ShowWhat, Statement } from './statement.ts'
import { isStartOfLine } from './tokens.ts'

const LISTS = [
  'PROVIDERS',
  'SERVICES',
  'RESOURCES',
  'METHODS',
  'INSERT',
  'TABLES',
  'COLUMNS',
  'MATCHES',
  'VERSION',
]

/** Reads SHOW. */
export function readShow(r: StatementReader, hints: readonly string[]): Statement {
  r.at++
  const extended = r.accept('EXTENDED')
  const what = r.token()?.value
  if (r.accept('TRANSACTION')) {
    r.expect('ISOLATION')
    r.expect('LEVEL')
    r.expectEnd()
    return { kind: 'show', what: 'TRANSACTION', extended, hints }
  }
  const instead = SHOWN[what ?? '']
  if (instead !== undefined) throw r.error('UNSUPPORTED', `SHOW ${what} is not supported`, r.token(), instead)
  if (!r.is(...LISTS)) {
    throw r.error(
      'SYNTAX',
      `SHOW cannot list "${r.token()?.text ?? ''}"`,
      r.token(),
      insteadOfShow(r.token())
        ?? 'write SHOW PROVIDERS, SERVICES IN p, RESOURCES IN p.s, METHODS IN p.s.r, INSERT INTO p.s.r, TABLES, COLUMNS IN t, MATCHES LIKE words or VERSION',
    )
  }
  r.at++
  const late = r.accept('EXTENDED')
  let target: Name | undefined
  if (what === 'INSERT') r.expect('INTO')
  if (what === 'INSERT' || (what !== 'VERSION' && r.accept('IN', 'FROM'))) target = r.name('a name')
  const columns = what === 'INSERT' && r.isOp('(') ? readColumns(r) : undefined
  const like = what !== 'INSERT' && r.accept('LIKE') ? r.upTo('WHERE') : undefined
  if (like && like.to - like.from !== 1) {
    r.at = like.from + 1
    if (isStartOfLine(r.source, r.at)) r.expectEnd()
    throw r.error('SYNTAX', 'LIKE needs one text', r.source.tokens[like.from])
  }
  if (what === 'MATCHES' && !like)
    throw r.error('SYNTAX', 'SHOW MATCHES needs words', r.token(), "write SHOW MATCHES LIKE 'old keys'")
  const where = what === 'INSERT' || what === 'VERSION' ? undefined : r.optionalClause('WHERE')
  r.expectEnd()
  return {
    kind: 'show',
    what: what as ShowWhat,
    extended: extended || late,
    hints,
    ...(target && { target }),
    ...(columns && { columns }),
    ...(like && { like }),
    ...(where && { where }),
  }
}

/** Reads REGISTRY LIST and REGISTRY PULL, with which scripts of StackQL begin. */
export function readRegistry(r: StatementReader, hints: readonly string[]): Statement {
  r.at++
  if (r.accept('LIST')) {
    const target = r.token() ? r.name('a provider') : undefined
    r.expectEnd()
    return { kind: 'show', what: 'REGISTRY', extended: false, hints, ...(target && { target }) }
  }
  if (!r.accept('PULL'))
    throw r.error(
      'SYNTAX',
      `expected LIST or PULL${r.foundHere()}`,
      r.token(),
      'SHOW PROVIDERS lists the providers',
    )
  const from = r.at
  const { parts } = r.name('a provider')
  const range = { from, to: r.at }
  // a version, as v00.00.00000 or as a text: what is installed is used
  while (r.token() && !isOp(r.token(), '(', ')', ',')) r.at++
  r.expectEnd()
  return { kind: 'pull', provider: parts.join('.'), range }
}

/** The hint for a word after SHOW that is no list: a misspelt one, or what the tables of an API have. */
function insteadOfShow(word: Token | undefined): string | undefined {
  if (word?.kind !== 'word') return undefined
  const meant = misspelt(word.value, LISTS)
  return meant === undefined ? searchFor([word]) : `did you mean SHOW ${meant}?`
}
