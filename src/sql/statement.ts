import { readCreate, readDrop, readRefresh, type Definition } from './definition.ts'
import { isName, isOp, isWord, nameOf, typographic, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { isLeftOpen } from './parameters.ts'
import { afterParen } from './tokens.ts'
import { Reader, withoutBrackets, type Name } from './reader.ts'
import type { Piece } from './split.ts'
import { splitList } from './tokens.ts'

export interface SetItem {
  readonly path: readonly string[]
  readonly range: Range
  readonly expr: Range
}

/** What a statement is, as far as its first words and its clauses say; expressions stay token ranges. */
export type Statement =
  | Definition
  | { readonly kind: 'query'; readonly query: Range }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly inner: Statement }
  | {
      readonly kind: 'insert'
      readonly target: Name
      readonly columns: readonly { readonly path: readonly string[]; readonly range: Range }[]
      readonly query: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'update' | 'replace'
      readonly target: Name
      readonly alias?: string
      readonly set: readonly SetItem[]
      readonly where?: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'delete'
      readonly target: Name
      readonly alias?: string
      readonly where?: Range
      readonly returning?: Range
    }
  | {
      readonly kind: 'exec'
      readonly target: Name
      readonly args: readonly { readonly name: string; readonly range: Range; readonly expr: Range }[]
      readonly json?: Range
    }
  | {
      readonly kind: 'show'
      readonly what: ShowWhat
      readonly extended: boolean
      readonly target?: Name
      readonly like?: Range
      readonly hints: readonly string[]
    }
  | { readonly kind: 'describe'; readonly method: boolean; readonly extended: boolean; readonly target: Name }
  | { readonly kind: 'use'; readonly provider: string; readonly range: Range }
export type ShowWhat = 'PROVIDERS' | 'SERVICES' | 'RESOURCES' | 'METHODS' | 'INSERT' | 'TABLES' | 'COLUMNS'
export type { Name } from './reader.ts'

const REFUSED: Readonly<Record<string, string>> = {
  BEGIN: 'there are no transactions over this API: each call takes effect at once',
  COMMIT: 'there are no transactions over this API: each call takes effect at once',
  ROLLBACK: 'there are no transactions over this API: what was sent cannot be taken back',
  SAVEPOINT: 'there are no transactions over this API',
  RELEASE: 'there are no transactions over this API',
  END: 'there are no transactions over this API: each call takes effect at once',
  ATTACH: 'statements cannot open files',
  DETACH: 'statements cannot open files',
  PRAGMA: "SQLite's settings cannot be changed",
  VACUUM: 'statements cannot write files',
  REINDEX: 'there are no indexes',
  ANALYZE: 'there are no indexes; EXPLAIN shows what a statement does',
  ALTER: 'the tables are those of the API',
  GRANT: 'role bindings are rows: INSERT INTO confluent.iam.role_bindings',
  TRUNCATE: 'write DELETE with the keys of the rows',
  MERGE: 'write INSERT, UPDATE or DELETE',
  REVOKE: 'role bindings are rows: DELETE FROM confluent.iam.role_bindings',
  START: 'there are no transactions over this API: each call takes effect at once',
  REGISTRY: 'providers come with the program; SHOW PROVIDERS lists them',
  AUTH: 'credentials are taken from variables or a profile; confluentql doctor says whether they are right',
  PURGE: 'no answers are kept, unless .cache is on',
  NATIVEQUERY: 'SQLite evaluates every statement as it is',
  COPY: 'write .once FILE on a line before a SELECT, or --out FILE; no file is read into a table',
  SET: 'write .set NAME VALUE on a line of its own, or -v NAME=VALUE, and :NAME in statements',
  FROM: 'write SELECT * FROM …',
  TABLE: 'write SELECT * FROM …',
  SUMMARIZE: 'write SELECT count(*), min(column), max(column) FROM …',
  LIST: 'SHOW TABLES lists the tables, SHOW METHODS IN a table what can be done with it',
  HELP: 'write .help, or confluentql --help',
  QUIT: 'write .quit',
  EXIT: 'write .quit',
  CALL: 'write EXEC provider.service.resource.method @name = value',
}

/** What running a statement comes to. */
export type StatementType =
  /** Rows are read. */
  | 'query'
  /** Rows of a table are changed, of the API or of the session. */
  | 'change'
  /** A method is called. */
  | 'call'
  /** Tables and views of the session. */
  | 'definition'
  /** What the catalog says. */
  | 'listing'
  | 'explain'
  | 'use'

type Read = (r: Reader, hints: readonly string[]) => Statement

/** The statements by the word that they begin with: what they come to, and what reads them. */
const STATEMENTS: Readonly<Record<string, { readonly type: StatementType; readonly read: Read }>> = {
  SELECT: { type: 'query', read: readSelect },
  WITH: { type: 'query', read: readSelect },
  VALUES: { type: 'query', read: readSelect },
  EXPLAIN: { type: 'explain', read: readExplain },
  INSERT: { type: 'change', read: readInsert },
  UPDATE: { type: 'change', read: readUpdate },
  REPLACE: { type: 'change', read: readUpdate },
  DELETE: { type: 'change', read: readDelete },
  EXEC: { type: 'call', read: readExec },
  SHOW: { type: 'listing', read: readShow },
  DESCRIBE: { type: 'listing', read: readDescribe },
  DESC: { type: 'listing', read: readDescribe },
  USE: { type: 'use', read: readUse },
  CREATE: { type: 'definition', read: readCreate },
  DROP: { type: 'definition', read: readDrop },
  REFRESH: { type: 'definition', read: readRefresh },
}

/** The words that statements begin with. */
export const STARTS: readonly string[] = Object.keys(STATEMENTS)

function formOf(first: Token | undefined): (typeof STATEMENTS)[string] | undefined {
  if (isOp(first, '(')) return STATEMENTS['SELECT']
  return first?.kind === 'word' && Object.hasOwn(STATEMENTS, first.value)
    ? STATEMENTS[first.value]
    : undefined
}

/** What a statement comes to, as its first token says; undefined for what no statement begins with. */
export function typeOf(tokens: readonly Token[]): StatementType | undefined {
  return formOf(tokens[0])?.type
}

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
  const form = formOf(first)
  if (form) return form.read(r, hints)
  const why = first?.kind === 'word' ? REFUSED[first.value] : undefined
  if (why !== undefined) throw r.error('UNSUPPORTED', `${first!.value} is not supported: ${why}`, first)
  throw r.error(
    'SYNTAX',
    `a statement cannot begin with ${JSON.stringify(first?.text.slice(0, 40) ?? '')}`,
    first,
    typographic(first?.text ?? '') ?? `statements begin with ${STARTS.join(', ')}`,
  )
}

function readSelect(r: Reader): Statement {
  const query = withoutBrackets(r.source, r.range)
  const verb = verbAfterWith(r.source, query)
  if (verb) {
    const word = verb.value
    throw r.error(
      'UNSUPPORTED',
      `a query can only read: WITH cannot stand before ${word}`,
      verb,
      word === 'INSERT'
        ? 'write INSERT INTO table WITH … SELECT …'
        : `write it in a subquery: ${word} … WHERE key IN (WITH … SELECT key FROM …)`,
    )
  }
  return { kind: 'query', query }
}

/** The verb of a change that WITH stands before. */
function verbAfterWith({ tokens }: Source, { from, to }: Range): Token | undefined {
  if (!isWord(tokens[from], 'WITH')) return undefined
  let depth = 0
  for (let i = from; i < to; i++) {
    if (isOp(tokens[i], '(')) depth++
    if (isOp(tokens[i], ')')) depth--
    if (depth > 0) continue
    if (isWord(tokens[i], 'SELECT', 'VALUES')) return undefined
    const isVerb = isOp(tokens[i - 1], ')') && isWord(tokens[i], 'INSERT', 'UPDATE', 'REPLACE', 'DELETE')
    if (isVerb) return tokens[i]
  }
  return undefined
}

function readExplain({ source, range }: Reader, hints: readonly string[]): Statement {
  const analyze = isWord(source.tokens[range.from + 1], 'ANALYZE')
  const from = range.from + (analyze ? 2 : 1)
  const option = source.tokens[isOp(source.tokens[from], '(') ? from + 1 : from]
  if (isWord(option, 'ANALYZE', 'VERBOSE', 'FORMAT', 'COSTS', 'BUFFERS', 'SETTINGS', 'TIMING', 'SUMMARY'))
    throw new Reader(source, range).error(
      'SYNTAX',
      `EXPLAIN has no option ${option!.value}${isOp(source.tokens[from], '(') ? ' in brackets' : ''}`,
      option,
      'write EXPLAIN SELECT …, or EXPLAIN ANALYZE SELECT … to run it as well',
    )
  const plan = isWord(source.tokens[from], 'QUERY') && isWord(source.tokens[from + 1], 'PLAN') ? 2 : 0
  if (from + plan >= range.to)
    throw new Reader(source, range).error('SYNTAX', 'EXPLAIN needs a statement', source.tokens[range.to - 1])
  const inner = read(source, { from: from + plan, to: range.to }, hints)
  return { kind: 'explain', analyze, inner }
}

function readInsert(r: Reader): Statement {
  r.at++
  if (isWord(r.token, 'OR'))
    throw r.error('UNSUPPORTED', 'INSERT OR … is not supported: the API decides what a conflict is')
  r.expect('INTO')
  const target = r.name('a table')
  if (isWord(r.token, 'AS')) r.alias()
  const columns =
    isOp(r.token, '(') && !isWord(r.source.tokens[r.at + 1], 'SELECT', 'WITH', 'VALUES') ? readColumns(r) : []
  const written = r.upTo('RETURNING')
  const query = withoutBrackets(r.source, written)
  if (!isWord(r.source.tokens[query.from], 'SELECT', 'VALUES', 'WITH')) {
    r.at = written.from
    throw r.error('SYNTAX', `expected VALUES or SELECT${r.found()}`)
  }
  const returning = r.clause('RETURNING')
  return { kind: 'insert', target, columns, query, ...(returning && { returning }) }
}

function readColumns(r: Reader): { path: readonly string[]; range: Range }[] {
  const close = afterParen(r.source, r.at, r.range.to)
  const inside = { from: r.at + 1, to: close - 1 }
  r.at = close
  return splitList(r.source, inside).map(range => ({
    path: new Reader(r.source, range).name('a column').parts,
    range,
  }))
}

function readUpdate(r: Reader): Statement {
  const kind = isWord(r.token, 'UPDATE') ? 'update' : 'replace'
  r.at++
  if (isWord(r.token, 'OR')) throw r.error('UNSUPPORTED', 'UPDATE OR … is not supported')
  if (isWord(r.token, 'INTO'))
    throw r.error(
      'UNSUPPORTED',
      'REPLACE INTO is not supported',
      r.token,
      'write REPLACE table SET column = value WHERE key = …',
    )
  const target = r.name('a table')
  const alias = r.alias()
  r.expect('SET')
  const all = r.upTo('FROM', 'WHERE', 'RETURNING', ...TAIL)
  if (isWord(r.token, 'FROM'))
    throw r.error(
      'UNSUPPORTED',
      'UPDATE … FROM is not supported',
      r.token,
      'write SET column = (SELECT …) or WHERE key IN (SELECT …)',
    )
  const set = splitList(r.source, all).map(range => readSet(r, range))
  if (set.length === 0) throw r.error('SYNTAX', 'nothing follows SET')
  refuseTwice(
    r,
    set.map(i => ({ name: i.path.join('.'), range: i.range })),
  )
  const where = readWhere(r)
  const returning = r.clause('RETURNING')
  r.done()
  return { kind, target, ...alias, set, ...(where && { where }), ...(returning && { returning }) }
}

const TAIL = ['ORDER', 'LIMIT', 'GROUP', 'HAVING', 'WINDOW', 'UNION', 'INTERSECT', 'EXCEPT']

/** WHERE of a change; what only a query can have behind it would widen or narrow the change unseen, so it is refused. */
function readWhere(r: Reader): Range | undefined {
  const where = r.clause('WHERE', 'RETURNING', ...TAIL)
  if (isWord(r.token, ...TAIL)) {
    throw r.error(
      'UNSUPPORTED',
      `${r.token!.value} cannot stand in UPDATE and DELETE`,
      r.token,
      'pick the rows in a subquery: WHERE key IN (SELECT key … ORDER BY … LIMIT …)',
    )
  }
  return where
}

function refuseTwice(r: Reader, items: readonly { name: string; range: Range }[]): void {
  const twice = items.find(
    (item, i) => items.findIndex(x => x.name.toLowerCase() === item.name.toLowerCase()) < i,
  )
  if (twice) throw r.error('SYNTAX', `"${twice.name}" is given twice`, r.source.tokens[twice.range.from])
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
  const where = readWhere(r)
  const returning = r.clause('RETURNING')
  r.done()
  return { kind: 'delete', target, ...alias, ...(where && { where }), ...(returning && { returning }) }
}

/** EXEC p.s.r.m @name = value, … */
export function readExec(r: Reader): Extract<Statement, { kind: 'exec' }> {
  r.at++
  const target = r.name('provider.service.resource.method')
  const args: { name: string; range: Range; expr: Range }[] = []
  let json: Range | undefined
  for (const range of splitList(r.source, { from: r.at, to: r.range.to })) {
    const item = new Reader(r.source, range)
    const { token } = item
    if (token?.kind !== 'param' || !token.text.startsWith('@'))
      throw item.error('SYNTAX', `expected @name = value${item.found()}`, token)
    let name = token.value
    item.at++
    while (isOp(item.token, '.') && isName(r.source.tokens[item.at + 1])) {
      name += `.${nameOf(r.source.tokens[item.at + 1]!)}`
      item.at += 2
    }
    if (!isOp(item.token, '=') || item.at + 1 >= range.to)
      throw item.error('SYNTAX', `expected @${name} = value${item.found()}`)
    const expr = { from: item.at + 1, to: range.to }
    const next = r.source.tokens.findIndex(
      (_, i) => i > expr.from && i < expr.to && isLeftOpen(r.source.tokens, i),
    )
    if (next >= 0)
      throw item.error(
        'SYNTAX',
        `a comma is missing before ${r.source.tokens[next]!.text}`,
        r.source.tokens[next],
        'arguments are written @name = value, @other = value',
      )
    if (token.text.startsWith('@@')) {
      if (name.toLowerCase() !== 'json')
        throw item.error('SYNTAX', `@@${name} is not known`, token, 'the whole body is given as @@json')
      json = expr
    } else args.push({ name, range: { from: range.from, to: item.at }, expr })
  }
  refuseTwice(r, args)
  return { kind: 'exec', target, args, ...(json && { json }) }
}

function readShow(r: Reader, hints: readonly string[]): Statement {
  r.at++
  const extended = r.accept('EXTENDED')
  const what = r.token?.value
  if (!isWord(r.token, 'PROVIDERS', 'SERVICES', 'RESOURCES', 'METHODS', 'INSERT', 'TABLES', 'COLUMNS')) {
    throw r.error(
      'SYNTAX',
      `SHOW does not know "${r.token?.text ?? ''}"`,
      r.token,
      'write SHOW PROVIDERS, SERVICES IN p, RESOURCES IN p.s, METHODS IN p.s.r, INSERT INTO p.s.r, TABLES or COLUMNS IN t',
    )
  }
  r.at++
  const late = r.accept('EXTENDED')
  let target: Name | undefined
  if (what === 'INSERT') r.expect('INTO')
  if (what === 'INSERT' || r.accept('IN', 'FROM')) target = r.name('a name')
  const like = r.accept('LIKE') ? r.upTo() : undefined
  if (like && like.to - like.from !== 1)
    throw r.error('SYNTAX', 'LIKE needs one text', r.source.tokens[like.from])
  r.done()
  return {
    kind: 'show',
    what: what as ShowWhat,
    extended: extended || late,
    hints,
    ...(target && { target }),
    ...(like && { like }),
  }
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
