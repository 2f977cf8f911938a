import { ConfluentqlError } from '../errors.ts'
import { readCreate, readDrop, readRefresh } from './definition.ts'
import { isName, isOp, isWord, type Token } from './lexer.ts'
import { insteadOfStatement, REFUSED, selectFirst } from './other-statements.ts'
import type { Range, Source } from './query.ts'
import { readDelete, readExec, readInsert, readUpdate } from './read-change.ts'
import { readRegistry, readShow } from './read-show.ts'
import { StatementReader, withoutBrackets } from './statement-reader.ts'
import { isStartOfLine, STARTS } from './tokens.ts'
import type { Piece } from './split.ts'
import type { Statement, StatementType } from './statement.ts'

type Read = (r: StatementReader, hints: readonly string[]) => Statement

interface Entry {
  readonly type: StatementType
  readonly read: Read
}

/** The statements by their first word: their type, and the function that reads them. */
const STATEMENTS: Readonly<Record<(typeof STARTS)[number], Entry>> = {
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
  REGISTRY: { type: 'listing', read: readRegistry },
  CREATE: { type: 'definition', read: readCreate },
  DROP: { type: 'definition', read: readDrop },
  REFRESH: { type: 'definition', read: readRefresh },
}

function entryOf(first: Token | undefined): Entry | undefined {
  if (isOp(first, '(')) return STATEMENTS['SELECT']
  const word = STARTS.find(w => isWord(first, w))
  return word && STATEMENTS[word]
}

/** The type of a statement by its first token; undefined for a token that no statement begins with. */
export function typeOf(tokens: readonly Token[]): StatementType | undefined {
  if (isWord(tokens[0], 'REGISTRY') && isWord(tokens[1], 'PULL')) return 'use'
  return entryOf(tokens[0])?.type
}

/**
 * Reads one statement of a script.
 * @throws ConfluentqlError SYNTAX or UNSUPPORTED with the position
 */
export function readStatement(text: string, piece: Piece): { statement: Statement; source: Source } {
  const source = { text: withoutNul(text, piece), tokens: piece.tokens }
  try {
    return { source, statement: read(source, { from: 0, to: piece.tokens.length }, piece.hints) }
  } catch (error) {
    throw withSemicolon(error, source)
  }
}

/** Words that more must follow. */
const INCOMPLETE =
  'SELECT DISTINCT ALL FROM JOIN ON WHERE AND OR NOT IN LIKE BY HAVING LIMIT OFFSET UNION EXCEPT INTERSECT AS SET INTO CASE WHEN THEN ELSE EXISTS'.split(
    ' ',
  )

/**
 * The hint for a token at which a statement fails, if it or the one before it begins a line and a statement, behind what may be
 * a whole one. The one before it was read as an alias: `FROM t`, `SHOW TABLES` on the next line.
 */
export function hintForSemicolon(source: Source, at: number): string | undefined {
  const { tokens } = source
  const isOrdered = (i: number): boolean =>
    isWord(tokens[i], 'DESC') && tokens.slice(0, i).some(t => isWord(t, 'ORDER'))
  const start = [at, at - 1].find(i => isStartOfLine(source, i))
  if (start === undefined || (start < at && (isOp(tokens[at], '(') || isOrdered(start)))) return undefined
  const before = tokens[start - 1]!
  const isWhole = before.kind === 'op' ? isOp(before, ')', '*') : !isWord(before, ...INCOMPLETE)
  return isWhole ? `write ; before ${tokens[start]!.text}, if it begins another statement` : undefined
}

/** A syntax error, with the hint that a semicolon is missing, if it is at what may be the next statement. */
export function withSemicolon(error: unknown, source: Source): unknown {
  if (!(error instanceof ConfluentqlError)) return error
  const isAtToken =
    error.message.startsWith('syntax error near "')
    || (error.hint === undefined && /^expected .*, found "/.test(error.message))
  if (!isAtToken) return error
  const { code, message, span } = error
  const at = source.tokens.findIndex(t => t.start === span?.start)
  const open = source.tokens.slice(0, Math.max(0, at)).filter(t => isOp(t, '(', ')'))
  const isWithin = open.reduce((depth, t) => depth + (t.text === '(' ? 1 : -1), 0) > 0
  const hint = at > 0 && !isWithin ? hintForSemicolon(source, at) : undefined
  return hint === undefined ? error : new ConfluentqlError(code, message, { cause: error, span: span!, hint })
}

/** The text with blanks for NUL in the statement's comments, where alone it may be: SQLite would not read what follows. */
function withoutNul(text: string, { start, end }: Piece): string {
  return text.slice(start, end).includes('\0') ? text.replaceAll('\0', ' ') : text
}

function read(source: Source, range: Range, hints: readonly string[]): Statement {
  const first = source.tokens[range.from]
  const r = new StatementReader(source, range)
  const entry = entryOf(first)
  if (entry) return entry.read(r, hints)
  const why =
    first?.kind === 'word'
      ? (REFUSED[first.value] ?? (first.value === 'FROM' ? selectFirst(source, range) : undefined))
      : undefined
  if (why !== undefined) throw r.error('UNSUPPORTED', `${first!.value} is not supported: ${why}`, first)
  throw r.error(
    'SYNTAX',
    `a statement cannot begin with ${JSON.stringify(first?.text.slice(0, 40) ?? '')}`,
    first,
    insteadOfStatement(source, range, STARTS),
  )
}

function readSelect(r: StatementReader): Statement {
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

/** The verb of a change that follows a WITH clause. */
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

function readExplain({ source, range }: StatementReader, hints: readonly string[]): Statement {
  const analyze = isWord(source.tokens[range.from + 1], 'ANALYZE')
  const from = range.from + (analyze ? 2 : 1)
  const option = source.tokens[isOp(source.tokens[from], '(') ? from + 1 : from]
  if (isWord(option, 'ANALYZE', 'VERBOSE', 'FORMAT', 'COSTS', 'BUFFERS', 'SETTINGS', 'TIMING', 'SUMMARY'))
    throw new StatementReader(source, range).error(
      'SYNTAX',
      `EXPLAIN has no option ${option!.value}${isOp(source.tokens[from], '(') ? ' in brackets' : ''}`,
      option,
      'write EXPLAIN SELECT …, or EXPLAIN ANALYZE SELECT … to run it as well',
    )
  const plan = isWord(source.tokens[from], 'QUERY') && isWord(source.tokens[from + 1], 'PLAN') ? 2 : 0
  if (from + plan >= range.to)
    throw new StatementReader(source, range).error(
      'SYNTAX',
      'EXPLAIN needs a statement',
      source.tokens[range.to - 1],
    )
  const inner = read(source, { from: from + plan, to: range.to }, hints)
  return { kind: 'explain', analyze, inner }
}

function readDescribe(r: StatementReader): Statement {
  r.at++
  let extended = r.accept('EXTENDED')
  const method = r.is('METHOD') && isName(r.source.tokens[r.at + 1]) && r.at + 1 < r.range.to
  if (method) r.at++
  extended = r.accept('EXTENDED') || extended
  const noun = r.is('TABLE', 'VIEW') && isName(r.source.tokens[r.at + 1]) ? r.token() : undefined
  if (noun) throw r.error('SYNTAX', `DESCRIBE takes no word ${noun.value}`, noun, `leave ${noun.text} out`)
  const target = r.name(method ? 'provider.service.resource.method' : 'a table')
  r.expectEnd()
  return { kind: 'describe', method, extended, target }
}

function readUse(r: StatementReader): Statement {
  r.at++
  const name = r.name('a provider')
  r.expectEnd()
  return { kind: 'use', provider: name.parts.join('.'), range: name.range }
}
