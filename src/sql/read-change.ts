import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import {
  defaultIn,
  deleteFrom,
  deleteWithout,
  insertOfSet,
  insteadOfConflict,
  insteadOfOr,
  singleAssignments,
  updateWithout,
  withoutDefaults,
} from './other-changes.ts'
import { isCommaMissing } from './parameters.ts'
import type { Range } from './query.ts'
import { StatementReader, withoutBrackets } from './statement-reader.ts'
import type { PathItem, SetItem, Statement } from './statement.ts'
import { afterParen, splitList } from './tokens.ts'

export function readInsert(r: StatementReader): Statement {
  r.at++
  if (r.is('OR'))
    throw r.error(
      'UNSUPPORTED',
      'INSERT OR … is not supported: the API decides what a conflict is',
      r.token(),
      insteadOfOr(r),
    )
  r.expect('INTO', `write INSERT INTO ${r.typedName()}`)
  const target = r.name('a table')
  if (r.is('AS')) r.alias()
  const columns =
    r.isOp('(') && !isWord(r.source.tokens[r.at + 1], 'SELECT', 'WITH', 'VALUES') ? readColumns(r) : []
  refuseInsertForms(r)
  const written = r.upTo('RETURNING')
  const query = withoutBrackets(r.source, written)
  if (!isWord(r.source.tokens[query.from], 'SELECT', 'VALUES', 'WITH')) {
    r.at = written.from
    const hint = `write INSERT INTO ${target.parts.join('.')} (column) VALUES (value)`
    throw r.error('SYNTAX', `expected VALUES or SELECT${r.foundHere()}`, r.token(), hint)
  }
  const returning = readReturning(r)
  return { kind: 'insert', target, columns, query, ...(returning && { returning }) }
}

/** Refuses forms of INSERT that other databases have, with what to write instead. */
function refuseInsertForms(r: StatementReader): void {
  const { source, range } = r
  if (r.is('SET')) throw r.error('UNSUPPORTED', 'INSERT … SET is not supported', r.token(), insertOfSet(r))
  const conflict = new StatementReader(source, { from: r.at, to: range.to })
  for (conflict.upTo('ON'); conflict.token(); conflict.at++, conflict.upTo('ON'))
    if (isWord(conflict.token(1), 'CONFLICT', 'DUPLICATE'))
      throw conflict.error(
        'UNSUPPORTED',
        `ON ${conflict.token(1)!.value} is not supported: the API decides what a conflict is`,
        conflict.token(),
        insteadOfConflict(source, range, conflict.at),
      )
  const at = r.is('VALUES') ? defaultIn(source, { from: r.at, to: range.to }) : -1
  if (at >= 0)
    throw r.error(
      'UNSUPPORTED',
      'DEFAULT is not supported as a value',
      source.tokens[at],
      withoutDefaults(source, range),
    )
}

/** Reads the names in brackets. */
export function readColumns(r: StatementReader): PathItem[] {
  const close = afterParen(r.source, r.at, r.range.to)
  const inside = { from: r.at + 1, to: close - 1 }
  r.at = close
  return splitList(r.source, inside).map(range => ({
    path: new StatementReader(r.source, range).name('a column').parts,
    range,
  }))
}

export function readUpdate(r: StatementReader): Statement {
  const kind = r.is('UPDATE') ? 'update' : 'replace'
  r.at++
  if (r.is('OR')) throw r.error('UNSUPPORTED', 'UPDATE OR … is not supported')
  if (r.is('INTO'))
    throw r.error(
      'UNSUPPORTED',
      'REPLACE INTO is not supported',
      r.token(),
      'write REPLACE table SET column = value WHERE key = …',
    )
  refuseBeforeName(r)
  const target = r.name('a table')
  const alias = r.alias()
  if (r.is('JOIN', 'INNER', 'LEFT', 'CROSS', 'NATURAL') || r.isOp(','))
    throw r.error(
      'UNSUPPORTED',
      'UPDATE of several tables is not supported',
      r.token(),
      `write UPDATE ${target.parts.join('.')} SET column = (SELECT …) WHERE key IN (SELECT key FROM … JOIN …)`,
    )
  r.expect('SET', `write ${kind.toUpperCase()} ${target.parts.join('.')} SET column = value WHERE …`)
  const all = r.upTo('FROM', 'WHERE', 'RETURNING', ...TAIL)
  if (r.is('FROM'))
    throw r.error('UNSUPPORTED', 'UPDATE … FROM is not supported', r.token(), updateWithout(r, all))
  const set = splitList(r.source, all).map(range => readSet(r, range))
  if (set.length === 0) throw r.error('SYNTAX', 'nothing follows SET')
  refuseDuplicates(
    r,
    set.map(i => ({ name: i.path.join('.'), range: i.range })),
  )
  refuseOverlaps(r, set)
  const where = readWhere(r)
  const returning = readReturning(r)
  r.expectEnd()
  return { kind, target, ...alias, set, ...(where && { where }), ...(returning && { returning }) }
}

/** RETURNING. @throws ConfluentqlError UNSUPPORTED for INTO in it */
function readReturning(r: StatementReader): Range | undefined {
  const returning = r.optionalClause('RETURNING', 'INTO')
  if (r.is('INTO'))
    throw r.error(
      'UNSUPPORTED',
      'RETURNING … INTO is not supported',
      r.token(),
      'leave INTO and the names behind it out: the rows are the result of the statement',
    )
  return returning
}

/** Refuses words of other databases before the name of the table. */
function refuseBeforeName(r: StatementReader, word: Token | undefined = r.token()): void {
  if (!isWord(word, 'ONLY', 'TOP') || isOp(r.token(1), '.') || isWord(r.token(1), 'SET', 'WHERE')) return
  if (!r.token(1)) return
  throw r.error(
    'UNSUPPORTED',
    `${word!.value} is not supported`,
    word,
    isWord(word, 'ONLY')
      ? 'leave ONLY out'
      : 'pick the rows in a subquery: WHERE key IN (SELECT key … ORDER BY … LIMIT …)',
  )
}

const TAIL = ['ORDER', 'LIMIT', 'GROUP', 'HAVING', 'WINDOW', 'UNION', 'INTERSECT', 'EXCEPT']

/** WHERE of a change. A clause that only a query can have (ORDER BY, LIMIT …) is refused: ignoring it would change other rows than meant. */
function readWhere(r: StatementReader): Range | undefined {
  const where = r.optionalClause('WHERE', 'RETURNING', ...TAIL)
  if (r.is(...TAIL)) {
    throw r.error(
      'UNSUPPORTED',
      `${r.token()!.value} cannot stand in UPDATE and DELETE`,
      r.token(),
      'pick the rows in a subquery: WHERE key IN (SELECT key … ORDER BY … LIMIT …)',
    )
  }
  return where
}

function refuseDuplicates(r: StatementReader, items: readonly { name: string; range: Range }[]): void {
  const twice = items.find(
    (item, i) => items.findIndex(x => x.name.toLowerCase() === item.name.toLowerCase()) < i,
  )
  if (twice) throw r.error('SYNTAX', `"${twice.name}" is given twice`, r.source.tokens[twice.range.from])
}

/** Refuses SET of a column together with a part of it: the two values might contradict each other. */
function refuseOverlaps(r: StatementReader, set: readonly SetItem[]): void {
  const dotted = (item: SetItem): string => item.path.join('.')
  for (const part of set) {
    const whole = set.find(i =>
      dotted(part)
        .toLowerCase()
        .startsWith(`${dotted(i).toLowerCase()}.`),
    )
    if (whole)
      throw r.error(
        'SYNTAX',
        `"${dotted(part)}" is a part of "${dotted(whole)}", which is set too`,
        r.source.tokens[part.range.from],
        `set the parts of ${dotted(whole)} one by one, or ${dotted(whole)} as a whole`,
      )
  }
}

function readSet(r: StatementReader, range: Range): SetItem {
  const item = new StatementReader(r.source, range)
  if (item.isOp('('))
    throw item.error(
      'UNSUPPORTED',
      'SET of several columns at once is not supported',
      item.token(),
      singleAssignments(r.source, range),
    )
  const name = item.name('a column')
  if (!item.isOp('=')) throw item.error('SYNTAX', `expected =${item.foundHere()}`)
  const expr = { from: item.at + 1, to: range.to }
  if (expr.to <= expr.from) throw item.error('SYNTAX', `no value for ${name.parts.join('.')}`)
  const at = defaultIn(r.source, expr)
  if (at >= 0)
    throw item.error(
      'UNSUPPORTED',
      'DEFAULT is not supported as a value',
      r.source.tokens[at],
      'write the value: a column that SET leaves out keeps its own',
    )
  return { path: name.parts, range: name.range, expr }
}

export function readDelete(r: StatementReader): Statement {
  r.at++
  const first = r.token()
  if (first && (first.text === '*' || isName(first)) && !isWord(first, 'FROM', 'WHERE')) {
    throw r.error('SYNTAX', `expected FROM, found "${first.text}"`, first, deleteFrom(r))
  }
  r.expect('FROM')
  refuseBeforeName(r)
  const target = r.name('a table')
  refuseFurtherTables(r)
  const alias = r.alias()
  refuseFurtherTables(r)
  const where = readWhere(r)
  const returning = readReturning(r)
  r.expectEnd()
  return { kind: 'delete', target, ...alias, ...(where && { where }), ...(returning && { returning }) }
}

function refuseFurtherTables(r: StatementReader): void {
  if (r.is('USING', 'JOIN', 'INNER', 'LEFT', 'CROSS', 'NATURAL'))
    throw r.error(
      'UNSUPPORTED',
      `DELETE … ${r.token()!.text.toUpperCase()} is not supported`,
      r.token(),
      r.is('USING')
        ? deleteWithout(r)
        : 'pick the rows in a subquery: WHERE key IN (SELECT key FROM … JOIN …)',
    )
}

/** The argument, and `@@json` after it, which needs no comma before it. */
function beforeJson({ source }: StatementReader, { from, to }: Range): Range[] {
  const at = source.tokens.findIndex(
    (t, i) => i > from && i < to && t.text.toLowerCase() === '@@json' && isCommaMissing(source.tokens, i),
  )
  return at < 0
    ? [{ from, to }]
    : [
        { from, to: at },
        { from: at, to },
      ]
}

/** EXEC p.s.r.m @name = value, … */
export function readExec(r: StatementReader): Extract<Statement, { kind: 'exec' }> {
  r.at++
  const target = r.name('provider.service.resource.method')
  const args: { name: string; range: Range; expr: Range }[] = []
  let json: Range | undefined
  const ranges = splitList(r.source, { from: r.at, to: r.range.to }).flatMap(range => beforeJson(r, range))
  for (const range of ranges) {
    const item = new StatementReader(r.source, range)
    const token = item.token()
    if (token?.kind !== 'param' || !token.text.startsWith('@'))
      throw item.error('SYNTAX', `expected @name = value${item.foundHere()}`, token)
    let name = token.value
    item.at++
    while (item.isOp('.') && isName(r.source.tokens[item.at + 1])) {
      name += `.${nameOf(r.source.tokens[item.at + 1]!)}`
      item.at += 2
    }
    if (!item.isOp('=') || item.at + 1 >= range.to)
      throw item.error('SYNTAX', `expected @${name} = value${item.foundHere()}`)
    const expr = { from: item.at + 1, to: range.to }
    const next = r.source.tokens.findIndex(
      (_, i) => i > expr.from && i < expr.to && isCommaMissing(r.source.tokens, i),
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
  refuseDuplicates(r, args)
  return { kind: 'exec', target, args, ...(json && { json }) }
}
