import { ConfluentqlError } from '../errors.ts'
import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen } from './skeleton.ts'
import type { Piece } from './split.ts'
import { splitList } from './predicate.ts'

/** A name of one to four parts, as written. */
export interface Name {
  readonly parts: readonly string[]
  readonly range: Range
}

export interface SetItem {
  readonly path: readonly string[]
  readonly range: Range
  readonly expr: Range
}

/** What a statement is, as far as its first words and its clauses say; expressions stay token ranges. */
export type Statement =
  | { readonly kind: 'query'; readonly query: Range }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly inner: Statement }
  | { readonly kind: 'insert'; readonly target: Name; readonly columns: readonly { readonly path: readonly string[]; readonly range: Range }[]; readonly query: Range; readonly returning?: Range }
  | { readonly kind: 'update' | 'replace'; readonly target: Name; readonly alias?: string; readonly set: readonly SetItem[]; readonly where?: Range; readonly returning?: Range }
  | { readonly kind: 'delete'; readonly target: Name; readonly alias?: string; readonly where?: Range; readonly returning?: Range }
  | { readonly kind: 'exec'; readonly target: Name; readonly args: readonly { readonly name: string; readonly range: Range; readonly expr: Range }[]; readonly json?: Range }
  | { readonly kind: 'show'; readonly what: ShowWhat; readonly extended: boolean; readonly target?: Name; readonly like?: Range; readonly hints: readonly string[] }
  | { readonly kind: 'describe'; readonly method: boolean; readonly extended: boolean; readonly target: Name }
  | { readonly kind: 'use'; readonly provider: string; readonly range: Range }
export type ShowWhat = 'PROVIDERS' | 'SERVICES' | 'RESOURCES' | 'METHODS' | 'INSERT'

const REFUSED: Readonly<Record<string, string>> = {
  BEGIN: 'there are no transactions over this API: each call takes effect at once',
  COMMIT: 'there are no transactions over this API: each call takes effect at once',
  ROLLBACK: 'there are no transactions over this API: what was sent cannot be taken back',
  SAVEPOINT: 'there are no transactions over this API',
  RELEASE: 'there are no transactions over this API',
  END: 'there are no transactions over this API: each call takes effect at once',
  ATTACH: 'statements cannot open files',
  DETACH: 'statements cannot open files',
  PRAGMA: 'SQLite\'s settings cannot be changed',
  VACUUM: 'statements cannot write files',
  REINDEX: 'there are no indexes',
  ANALYZE: 'there are no indexes; EXPLAIN shows what a statement does',
  ALTER: 'the tables are those of the API',
  CREATE: 'the tables are those of the API',
  DROP: 'the tables are those of the API',
  GRANT: 'role bindings are rows: INSERT INTO confluent.iam.role_bindings',
  TRUNCATE: 'write DELETE with the keys of the rows',
  MERGE: 'write INSERT, UPDATE or DELETE',
  CALL: 'write EXEC provider.service.resource.method @name = value',
}
const STARTS = ['SELECT', 'WITH', 'VALUES', 'EXPLAIN', 'INSERT', 'UPDATE', 'REPLACE', 'DELETE', 'EXEC', 'SHOW', 'DESCRIBE', 'DESC', 'USE']

/** Words that statements begin with, for did-you-mean and completion. */
export const STATEMENT_WORDS: readonly string[] = STARTS

/**
 * Reads one statement of a script.
 * @throws ConfluentqlError SYNTAX or UNSUPPORTED with the position
 */
export function readStatement(text: string, piece: Piece): { statement: Statement; source: Source } {
  const source = { text, tokens: piece.tokens }
  return { source, statement: read(source, { from: 0, to: piece.tokens.length }, piece.hints) }
}

function read(source: Source, range: Range, hints: readonly string[]): Statement {
  const first = source.tokens[range.from]
  const r = new Reader(source, range)
  if (isWord(first, 'SELECT', 'WITH', 'VALUES') || isOp(first, '(')) return { kind: 'query', query: range }
  if (isWord(first, 'EXPLAIN')) return readExplain(source, range, hints)
  if (isWord(first, 'INSERT')) return readInsert(r)
  if (isWord(first, 'UPDATE', 'REPLACE')) return readUpdate(r)
  if (isWord(first, 'DELETE')) return readDelete(r)
  if (isWord(first, 'EXEC')) return readExec(r)
  if (isWord(first, 'SHOW')) return readShow(r, hints)
  if (isWord(first, 'DESCRIBE', 'DESC')) return readDescribe(r)
  if (isWord(first, 'USE')) return readUse(r)
  const why = first?.kind === 'word' ? REFUSED[first.value] : undefined
  if (why !== undefined) throw r.error('UNSUPPORTED', `${first!.value} is not supported: ${why}`, first)
  throw r.error('SYNTAX', `a statement cannot begin with ${JSON.stringify(first?.text.slice(0, 40) ?? '')}`, first, `statements begin with ${STARTS.join(', ')}`)
}

/** Walks through the tokens of one statement. */
class Reader {
  at: number
  readonly source: Source
  readonly range: Range

  constructor(source: Source, range: Range) {
    this.source = source
    this.range = range
    this.at = range.from
  }

  get token(): Token | undefined {
    return this.at < this.range.to ? this.source.tokens[this.at] : undefined
  }

  error(code: 'SYNTAX' | 'UNSUPPORTED', message: string, token: Token | undefined = this.token, hint?: string): ConfluentqlError {
    const end = this.source.tokens[this.range.to - 1]?.end ?? 0
    const span = token ? { start: token.start, end: token.end } : { start: Math.max(0, end - 1), end }
    return new ConfluentqlError(code, message, { span, ...(hint !== undefined && { hint }) })
  }

  accept(...words: readonly string[]): boolean {
    if (!isWord(this.token, ...words)) return false
    this.at++
    return true
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.error('SYNTAX', `expected ${word}${this.found()}`)
  }

  found(): string {
    return this.token ? `, found "${this.token.text.slice(0, 40)}"` : ' at the end'
  }

  done(): void {
    if (this.token) throw this.error('SYNTAX', `syntax error near "${this.token.text.slice(0, 40)}"`)
  }

  name(what: string): Name {
    const from = this.at
    const parts: string[] = []
    do {
      const { token } = this
      if (!isName(token)) throw this.error('SYNTAX', `expected ${what}${this.found()}`)
      parts.push(nameOf(token))
      this.at++
    } while (isOp(this.token, '.') && this.at++ > 0)
    const split = parts.length === 1 && parts[0]!.includes('.') ? parts[0]!.split('.') : parts
    return { parts: split, range: { from, to: this.at } }
  }

  alias(): { alias?: string } {
    const as = this.accept('AS')
    const { token } = this
    if (!isName(token) || (!as && isWord(token, 'SET', 'WHERE', 'RETURNING'))) return {}
    this.at++
    return { alias: nameOf(token) }
  }

  /** Everything up to one of the words outside brackets, or to the end. */
  upTo(...words: readonly string[]): Range {
    const from = this.at
    while (this.token && !(isWord(this.token, ...words) && !isOp(this.source.tokens[this.at - 1], '.'))) {
      this.at = isOp(this.token, '(') ? afterParen(this.source, this.at, this.range.to) : this.at + 1
    }
    return { from, to: this.at }
  }

  /** A clause that must not be empty. */
  clause(word: string, ...stops: readonly string[]): Range | undefined {
    if (!this.accept(word)) return undefined
    const range = this.upTo(...stops)
    if (range.to === range.from) throw this.error('SYNTAX', `nothing follows ${word}`)
    return range
  }
}

function readExplain(source: Source, range: Range, hints: readonly string[]): Statement {
  const analyze = isWord(source.tokens[range.from + 1], 'ANALYZE')
  const from = range.from + (analyze ? 2 : 1)
  const plan = isWord(source.tokens[from], 'QUERY') && isWord(source.tokens[from + 1], 'PLAN') ? 2 : 0
  if (from + plan >= range.to) throw new Reader(source, range).error('SYNTAX', 'EXPLAIN needs a statement', source.tokens[range.to - 1])
  const inner = read(source, { from: from + plan, to: range.to }, hints)
  return { kind: 'explain', analyze, inner }
}

function readInsert(r: Reader): Statement {
  r.at++
  if (isWord(r.token, 'OR')) throw r.error('UNSUPPORTED', 'INSERT OR … is not supported: the API decides what a conflict is')
  r.expect('INTO')
  const target = r.name('a table')
  r.alias()
  if (!isOp(r.token, '(') || isWord(r.source.tokens[r.at + 1], 'SELECT')) {
    throw r.error('SYNTAX', 'INSERT needs the names of its columns', r.token, `write INSERT INTO ${target.parts.join('.')} (column, …) VALUES (…)`)
  }
  const close = afterParen(r.source, r.at, r.range.to)
  const columns = splitList(r.source, { from: r.at + 1, to: close - 1 }).map(range => {
    const path = new Reader(r.source, range)
    return { path: path.name('a column').parts, range }
  })
  r.at = close
  if (!isWord(r.token, 'SELECT', 'VALUES', 'WITH')) throw r.error('SYNTAX', `expected VALUES or SELECT${r.found()}`)
  const query = r.upTo('RETURNING')
  const returning = r.clause('RETURNING')
  return { kind: 'insert', target, columns, query, ...(returning && { returning }) }
}

function readUpdate(r: Reader): Statement {
  const kind = isWord(r.token, 'UPDATE') ? 'update' : 'replace'
  r.at++
  if (isWord(r.token, 'OR')) throw r.error('UNSUPPORTED', 'UPDATE OR … is not supported')
  if (isWord(r.token, 'INTO')) throw r.error('UNSUPPORTED', 'REPLACE INTO is not supported', r.token, 'write REPLACE table SET column = value WHERE key = …')
  const target = r.name('a table')
  const alias = r.alias()
  r.expect('SET')
  const all = r.upTo('FROM', 'WHERE', 'RETURNING')
  if (isWord(r.token, 'FROM')) throw r.error('UNSUPPORTED', 'UPDATE … FROM is not supported', r.token, 'write SET column = (SELECT …) or WHERE key IN (SELECT …)')
  const set = splitList(r.source, all).map(range => readSet(r, range))
  if (set.length === 0) throw r.error('SYNTAX', 'nothing follows SET')
  const where = r.clause('WHERE', 'RETURNING')
  const returning = r.clause('RETURNING')
  r.done()
  return { kind, target, ...alias, set, ...(where && { where }), ...(returning && { returning }) }
}

function readSet(r: Reader, range: Range): SetItem {
  const item = new Reader(r.source, range)
  const name = item.name('a column')
  if (!isOp(item.token, '=')) throw item.error('SYNTAX', `expected =${item.found()}`)
  const expr = { from: item.at + 1, to: range.to }
  if (expr.to <= expr.from) throw item.error('SYNTAX', `no value for ${name.parts.join('.')}`)
  return { path: name.parts, range: name.range, expr }
}

function readDelete(r: Reader): Statement {
  r.at++
  r.expect('FROM')
  const target = r.name('a table')
  const alias = r.alias()
  const where = r.clause('WHERE', 'RETURNING')
  const returning = r.clause('RETURNING')
  r.done()
  return { kind: 'delete', target, ...alias, ...(where && { where }), ...(returning && { returning }) }
}

function readExec(r: Reader): Statement {
  r.at++
  const target = r.name('provider.service.resource.method')
  const args: { name: string; range: Range; expr: Range }[] = []
  let json: Range | undefined
  for (const range of splitList(r.source, { from: r.at, to: r.range.to })) {
    const item = new Reader(r.source, range)
    const { token } = item
    if (token?.kind !== 'param' || !token.text.startsWith('@')) throw item.error('SYNTAX', `expected @name = value${item.found()}`, token)
    let name = token.value
    item.at++
    while (isOp(item.token, '.') && isName(r.source.tokens[item.at + 1])) {
      name += `.${nameOf(r.source.tokens[item.at + 1]!)}`
      item.at += 2
    }
    if (!isOp(item.token, '=') || item.at + 1 >= range.to) throw item.error('SYNTAX', `expected @${name} = value${item.found()}`)
    const expr = { from: item.at + 1, to: range.to }
    if (token.text.startsWith('@@')) {
      if (name.toLowerCase() !== 'json') throw item.error('SYNTAX', `@@${name} is not known`, token, 'the whole body is given as @@json')
      json = expr
    } else args.push({ name, range: { from: range.from, to: item.at }, expr })
  }
  return { kind: 'exec', target, args, ...(json && { json }) }
}

function readShow(r: Reader, hints: readonly string[]): Statement {
  r.at++
  const extended = r.accept('EXTENDED')
  const what = r.token?.value
  if (!isWord(r.token, 'PROVIDERS', 'SERVICES', 'RESOURCES', 'METHODS', 'INSERT')) {
    throw r.error('SYNTAX', `SHOW does not know "${r.token?.text ?? ''}"`, r.token, 'write SHOW PROVIDERS, SERVICES IN p, RESOURCES IN p.s, METHODS IN p.s.r or INSERT INTO p.s.r')
  }
  r.at++
  const late = r.accept('EXTENDED')
  let target: Name | undefined
  if (what === 'INSERT') r.expect('INTO')
  if (what === 'INSERT' || r.accept('IN', 'FROM')) target = r.name('a name')
  const like = r.accept('LIKE') ? r.upTo() : undefined
  if (like && like.to - like.from !== 1) throw r.error('SYNTAX', 'LIKE needs one text', r.source.tokens[like.from])
  r.done()
  return { kind: 'show', what: what as ShowWhat, extended: extended || late, hints, ...(target && { target }), ...(like && { like }) }
}

function readDescribe(r: Reader): Statement {
  r.at++
  let extended = r.accept('EXTENDED')
  const method = isWord(r.token, 'METHOD') && isName(r.source.tokens[r.at + 1]) && r.at + 1 < r.range.to
  if (method) r.at++
  extended = r.accept('EXTENDED') || extended
  const target = r.name(method ? 'provider.service.resource.method' : 'a table')
  r.done()
  return { kind: 'describe', method, extended, target }
}

function readUse(r: Reader): Statement {
  r.at++
  const name = r.name('a provider')
  r.done()
  return { kind: 'use', provider: name.parts.join('.'), range: name.range }
}
