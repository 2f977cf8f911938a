import { isOp, isWord, lex, nameOf, type Token } from './lexer.ts'
import { insteadOfDefinition } from './other-statements.ts'
import type { Range } from './query.ts'
import { withoutBrackets, type Name, type StatementReader } from './statement-reader.ts'
import { afterParen, splitList } from './tokens.ts'

/** Statements about tables and views of the session. */
export type Definition =
  | {
      readonly kind: 'create table'
      readonly name: Name
      readonly temporary: boolean
      readonly ifNotExists: boolean
      readonly query?: Range
      readonly columns?: Range
    }
  | {
      readonly kind: 'create view'
      readonly name: Name
      readonly temporary: boolean
      readonly materialized: boolean
      readonly replace: boolean
      readonly ifNotExists: boolean
      readonly query: Range
    }
  | {
      readonly kind: 'drop'
      readonly what: 'table' | 'view' | 'materialized view'
      readonly name: Name
      readonly ifExists: boolean
    }
  | { readonly kind: 'refresh'; readonly name: Name }

/** CREATE [TEMP] TABLE … AS query or (columns); CREATE [OR REPLACE] [TEMP] [MATERIALIZED] VIEW … AS query. */
export function readCreate(r: StatementReader): Definition {
  r.at++
  const replace = r.accept('OR')
  if (replace) r.expect('REPLACE')
  const temporary = r.accept('TEMP', 'TEMPORARY')
  const materialized = r.accept('MATERIALIZED')
  const isView = r.is('VIEW')
  if (!isView && (!r.is('TABLE') || materialized)) {
    throw r.error(
      'UNSUPPORTED',
      `CREATE ${r.token()?.text ?? ''} is not supported`,
      r.token(),
      insteadOfDefinition('CREATE', r.token())
        ?? 'write CREATE TABLE … AS SELECT, CREATE VIEW … AS SELECT or CREATE MATERIALIZED VIEW … AS SELECT',
    )
  }
  if (!isView && replace)
    throw r.error(
      'UNSUPPORTED',
      'CREATE OR REPLACE TABLE is not supported',
      r.token(),
      'write DROP TABLE IF EXISTS first, or CREATE OR REPLACE MATERIALIZED VIEW',
    )
  r.at++
  const ifNotExists = readIf(r, 'NOT')
  const name = localName(r)
  if (!isView && r.isOp('(')) {
    const close = afterParen(r.source, r.at, r.range.to)
    const columns = { from: r.at, to: close }
    r.at = close
    r.expectEnd()
    return { kind: 'create table', name, temporary, ifNotExists, columns }
  }
  r.expect('AS', r.isOp('(') ? 'name the columns in its query: AS SELECT … AS name, …' : undefined)
  const query = withoutBrackets(r.source, r.upTo())
  if (!isWord(r.source.tokens[query.from], 'SELECT', 'WITH', 'VALUES') || query.to <= query.from)
    throw r.error('SYNTAX', 'AS needs a SELECT', r.source.tokens[query.from])
  if (!isView) return { kind: 'create table', name, temporary, ifNotExists, query }
  return { kind: 'create view', name, temporary, materialized, replace, ifNotExists, query }
}

export function readDrop(r: StatementReader): Definition {
  r.at++
  const materialized = r.accept('MATERIALIZED')
  const what = r.accept('VIEW') ? (materialized ? 'materialized view' : 'view') : 'table'
  if (what === 'table') {
    if (!r.is('TABLE') || materialized)
      throw r.error(
        'UNSUPPORTED',
        `DROP ${r.token()?.text ?? ''} is not supported`,
        r.token(),
        insteadOfDefinition('DROP', r.token()) ?? 'write DROP TABLE, DROP VIEW or DROP MATERIALIZED VIEW',
      )
    r.at++
  }
  const ifExists = readIf(r)
  const name = localName(r)
  r.expectEnd()
  return { kind: 'drop', what, name, ifExists }
}

export function readRefresh(r: StatementReader): Definition {
  r.at++
  r.expect('MATERIALIZED')
  r.expect('VIEW')
  const name = localName(r)
  r.expectEnd()
  return { kind: 'refresh', name }
}

function readIf(r: StatementReader, ...not: readonly string[]): boolean {
  if (!r.accept('IF')) return false
  for (const word of not) r.expect(word)
  r.expect('EXISTS')
  return true
}

/** The name of a table or view of the session: one part, made of letters, digits and _. */
function localName(r: StatementReader): Name {
  const token = r.token()
  const name = r.name('a name')
  if (name.parts.length !== 1)
    throw r.error(
      'UNSUPPORTED',
      'a table or view of the session has a name of one part',
      token,
      'tables of a provider are made by its API: INSERT INTO provider.service.resource',
    )
  if (!isLocalName(name.parts[0]!))
    throw r.error(
      'SYNTAX',
      `"${name.parts[0]}" cannot be a name`,
      token,
      'use letters, digits and _, not beginning with sqlite_ or confluentql_',
    )
  return name
}

/** The columns of a table that have a collation of their own, by a CREATE TABLE that SQLite has accepted. */
export function collatedColumns(createTable: string): ReadonlySet<string> {
  if (!/\bcollate\b/i.test(createTable)) return new Set()
  const { tokens } = lex(createTable)
  const source = { text: createTable, tokens }
  const open = tokens.findIndex(t => isOp(t, '('))
  const inside = { from: open + 1, to: afterParen(source, open, tokens.length) - 1 }
  const collated = splitList(source, inside).filter(({ from, to }) => {
    for (let i = from; i < to; i++) {
      if (isOp(tokens[i], '(')) i = afterParen(source, i, to) - 1
      else if (isWord(tokens[i], 'COLLATE')) return !isWord(tokens[i + 1], 'BINARY')
    }
    return false
  })
  return new Set(collated.map(({ from }) => nameText(tokens[from]!)))
}

const nameText = (token: Token): string => (token.kind === 'string' ? token.value : nameOf(token))

/** Whether a table or view of the session can have the name. */
function isLocalName(name: string): boolean {
  return /^[\p{L}_]/u.test(name) && isKeptName(name)
}

/** Whether a view in a file can have the name: one of snapshots, such as 2026_costs, may begin with a digit. */
export function isKeptName(name: string): boolean {
  return /^[\p{L}\p{N}_$]+$/u.test(name) && !/^(?:sqlite|confluentql)_/i.test(name)
}
