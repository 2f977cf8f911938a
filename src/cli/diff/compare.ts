import type Database from 'better-sqlite3'
import { openSqlite } from '../../engine/store/native.ts'
import { MASK } from '../../secrets.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { AT } from '../snapshot/store.ts'
import { textOfCell, timed, untyped } from './cell.ts'
import { changedParts } from './paths.ts'
import type { ChangedCell, Side } from './types.ts'

/** How rows are matched, and which columns are compared. */
export interface Rule {
  /** Columns that identify a row. Empty: `id` if it is unique, else whole rows are compared. */
  readonly key: readonly string[]
  readonly ignore: readonly string[]
}

/** A differing row. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed'
  /** The key's cells; without a key, all cells. */
  readonly key: readonly string[]
  /** The differing cells, of nested values the parts that differ; of an added or removed row, all cells that are not NULL. */
  readonly cells: readonly ChangedCell[]
}

export interface Comparison {
  /** Names of the two results. */
  readonly names: readonly [string, string]
  /** One side has no types, and the other has empty texts, which compare equal to NULL. */
  readonly ambiguous: boolean
  /** Both sides have masked secrets in compared columns. */
  readonly isMasked: boolean
  /** Columns of `Change.key`. */
  readonly key: readonly string[]
  /** There is no key: whole rows are compared, so that none is `changed`. */
  readonly isWhole: boolean
  /** Columns of one side only, which are not compared. */
  readonly onlyOld: readonly string[]
  readonly onlyNew: readonly string[]
  readonly counts: {
    readonly added: number
    readonly removed: number
    readonly changed: number
    readonly same: number
  }
  /** Changed and removed rows in the order of the old result, then added rows. */
  changes(): Iterable<Change>
  close(): void
}

/** Separates the cells of a row. No cell contains it, since JSON escapes it. */
export const SEPARATOR = '\n'

/**
 * Compares two results. The second is opened after the first has been read. The rows are kept in a temporary SQLite file, so
 * that they need not fit in memory.
 * @throws ConfluentqlError USAGE for unknown columns, VALUE for a duplicate key
 */
export async function compare(
  before: Side,
  open: () => Promise<Side>,
  rule: Rule,
  signal: AbortSignal,
): Promise<Comparison> {
  const db = openSqlite('')
  try {
    db.exec(
      'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -100000',
    )
    await load(db, 'raw0', before, signal)
    const after = await open()
    await load(db, 'raw1', after, signal)
    const sides = [before, after] as const
    const columns = sides.map(s => s.columns) as [readonly string[], readonly string[]]
    checkNames(rule, columns, sides)
    for (const i of [0, 1] as const) if (!columns[1 - i]!.includes(AT)) checkTime(db, i, columns[i], sides[i])
    const empty = columns.findIndex(c => c.length === 0)
    if (empty >= 0) columns[empty] = columns[1 - empty]!
    return build(db, sides, columns, rule)
  } catch (error) {
    db.close()
    throw error
  }
}

async function load(db: Database.Database, table: string, side: Side, signal: AbortSignal): Promise<void> {
  db.exec(`CREATE TABLE ${table} (cells TEXT); BEGIN`)
  const insert = db.prepare(`INSERT INTO ${table} VALUES (?)`)
  for await (const row of side.rows) {
    signal.throwIfAborted()
    insert.run(row.join(SEPARATOR))
  }
  db.exec('COMMIT')
}

function build(
  db: Database.Database,
  sides: readonly [Side, Side],
  columns: readonly [readonly string[], readonly string[]],
  rule: Rule,
): Comparison {
  const [old, now] = columns
  const common = old.filter(c => now.includes(c) && !rule.ignore.includes(c))
  if (common.length === 0 && old.length > 0)
    throw new ConfluentqlError(
      'USAGE',
      `${sides[0].name} and ${sides[1].name} have no column in common to compare`,
    )
  const remaining = (names: readonly string[], others: readonly string[]): string[] =>
    names.filter(c => !others.includes(c) && !rule.ignore.includes(c))
  const normalize = normalizer(sides)
  const fill = (key: readonly string[]): string | undefined =>
    columns.map((names, i) => fillTable(db, i, names, key, common, normalize)).find(d => d !== undefined)
  const pick = (): { key: readonly string[]; isWhole: boolean } => {
    const key = rule.key.length > 0 ? rule.key : common.filter(c => c === 'id')
    const duplicate = key.length > 0 ? fill(key) : ''
    if (duplicate === undefined) return { key, isWhole: false }
    if (rule.key.length > 0)
      throw new ConfluentqlError('VALUE', duplicate.replace('%', key.join(', ')), {
        hint: 'name more columns: --key a,b',
      })
    for (const i of [0, 1]) fillTable(db, i, columns[i]!, [], common, normalize)
    return { key: common, isWhole: true }
  }
  const { key, isWhole } = pick()
  const rest = isWhole ? common : common.filter(c => !key.includes(c))
  return {
    names: [sides[0].name, sides[1].name],
    ambiguous: hasEmptyTexts(db, sides),
    isMasked: hasMasks(db),
    key,
    isWhole,
    onlyOld: remaining(old, now),
    onlyNew: remaining(now, old),
    counts: isWhole ? countWhole(db) : countKeyed(db),
    changes: () => (isWhole ? wholeChanges(db) : keyedChanges(db, rest, normalize('null'))),
    close: () => db.close(),
  }
}

/** @throws ConfluentqlError USAGE for the rows of several snapshots, beside those of one time, which all seem to be removed or added */
function checkTime(db: Database.Database, i: 0 | 1, names: readonly string[], { name }: Side): void {
  const at = names.indexOf(AT)
  if (at < 0) return
  const times = new Set<string | undefined>()
  for (const row of db.prepare(`SELECT cells FROM raw${i}`).pluck().iterate() as Iterable<string>)
    if (times.add(row.split(SEPARATOR)[at]).size > 1)
      throw new ConfluentqlError(
        'USAGE',
        `${name} has the rows of several snapshots, the other side those of one time`,
        {
          hint: `compare those of one: SELECT * FROM t WHERE ${AT} = (SELECT max(${AT}) FROM t), with --db FILE and --ignore ${AT}; history FILE TABLE shows what changed between snapshots`,
        },
      )
}

/** @throws ConfluentqlError USAGE for a column that is not there. JSON without rows has no names of columns, so that any may be there. */
function checkNames(rule: Rule, columns: readonly (readonly string[])[], sides: readonly [Side, Side]): void {
  const lacks = (names: readonly string[], name: string): boolean => names.length > 0 && !names.includes(name)
  for (const option of ['key', 'ignore'] as const)
    for (const name of rule[option]) {
      const lacking = columns.findIndex(c => lacks(c, name))
      if (lacking < 0 || (option === 'ignore' && columns.some(c => !lacks(c, name)))) continue
      throw new ConfluentqlError(
        'USAGE',
        `--${option}: ${sides[lacking]!.name} has no column ${JSON.stringify(name)}${didYouMean(name, columns[lacking]!)}`,
        { hint: `columns: ${columns[lacking]!.join(', ')}` },
      )
    }
}

function normalizer(sides: readonly [Side, Side]): (cell: string) => string {
  if (sides.some(s => s.typing === 'text')) return untyped
  return sides.some(s => s.typing === 'times') ? timed : cell => cell
}

function hasEmptyTexts(db: Database.Database, sides: readonly [Side, Side]): boolean {
  const typed = sides.findIndex(s => s.typing !== 'text')
  if (typed < 0 || sides.every(s => s.typing !== 'text')) return false
  return (
    db
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM raw${typed} WHERE instr(char(10) || cells || char(10), char(10) || '""' || char(10)))`,
      )
      .pluck()
      .get() === 1
  )
}

function hasMasks(db: Database.Database): boolean {
  const of = (table: string): string =>
    `EXISTS (SELECT 1 FROM ${table} WHERE instr(key, '${MASK}') OR instr(row, '${MASK}'))`
  return (
    db
      .prepare(`SELECT ${of('side0')} AND ${of('side1')}`)
      .pluck()
      .get() === 1
  )
}

/** Loads a side into a table of keys and remaining cells; returns a message if a key is not unique. */
function fillTable(
  db: Database.Database,
  side: number,
  names: readonly string[],
  key: readonly string[],
  common: readonly string[],
  normalize: (cell: string) => string,
): string | undefined {
  const places = (wanted: readonly string[]): number[] => wanted.map(c => names.indexOf(c))
  const part =
    (at: readonly number[]) =>
    (cells: unknown): string => {
      const all = String(cells).split(SEPARATOR)
      return at.map(i => normalize(all[i] ?? 'null')).join(SEPARATOR)
    }
  const table = `side${side}`
  db.function('key_of', { deterministic: true }, part(places(key)))
  db.function('row_of', { deterministic: true }, part(places(common.filter(c => !key.includes(c)))))
  db.exec(
    `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (key TEXT, row TEXT); INSERT INTO ${table} SELECT key_of(cells), row_of(cells) FROM raw${side} ORDER BY rowid`,
  )
  if (key.length === 0) return undefined
  db.exec(`CREATE INDEX ${table}_key ON ${table} (key)`)
  const duplicate = db
    .prepare(`SELECT key FROM ${table} GROUP BY key HAVING count(*) > 1 LIMIT 1`)
    .pluck()
    .get() as string | undefined
  return duplicate === undefined
    ? undefined
    : `several rows of the ${side === 0 ? 'old' : 'new'} result have the key % = ${duplicate
        .split(SEPARATOR)
        .map(c => textOfCell(c) ?? 'NULL')
        .join(', ')}`
}

function countKeyed(db: Database.Database): Comparison['counts'] {
  const { total, removed, changed } = db
    .prepare(
      `SELECT count(*) AS total, count(*) FILTER (WHERE n.key IS NULL) AS removed, count(*) FILTER (WHERE n.row <> o.row) AS changed
    FROM side0 o LEFT JOIN side1 n ON n.key = o.key`,
    )
    .get() as { total: number; removed: number; changed: number }
  const added = db
    .prepare('SELECT count(*) FROM side1 n WHERE NOT EXISTS (SELECT 1 FROM side0 o WHERE o.key = n.key)')
    .pluck()
    .get() as number
  return { added, removed, changed, same: total - removed - changed }
}

function* keyedChanges(
  db: Database.Database,
  columns: readonly string[],
  none: string,
): Generator<Change, void, void> {
  const cells = (text: string | null): readonly (string | undefined)[] =>
    text === null ? columns.map(() => undefined) : text.split(SEPARATOR)
  const rows = db
    .prepare(
      `SELECT o.key, o.row, n.row FROM side0 o LEFT JOIN side1 n ON n.key = o.key WHERE n.key IS NULL OR n.row <> o.row
    UNION ALL SELECT n.key, NULL, n.row FROM side1 n WHERE NOT EXISTS (SELECT 1 FROM side0 o WHERE o.key = n.key)`,
    )
    .raw()
  for (const [key, old, now] of rows.iterate() as IterableIterator<[string, string | null, string | null]>) {
    const [before, after] = [cells(old), cells(now)]
    const isOne = old === null || now === null
    const all = columns.map((column, i) => ({ column, old: before[i], new: after[i] }))
    yield {
      kind: old === null ? 'added' : now === null ? 'removed' : 'changed',
      key: key.split(SEPARATOR),
      cells: isOne
        ? all.filter(c => (c.old ?? c.new) !== none)
        : all.filter(c => c.old !== c.new).flatMap(changedParts),
    }
  }
}

const ROW_COUNTS =
  'SELECT row, sum(d > 0) AS o, sum(d < 0) AS n, min(at) AS at FROM (SELECT row, 1 AS d, rowid AS at FROM side0 UNION ALL SELECT row, -1, rowid FROM side1) GROUP BY row'

function countWhole(db: Database.Database): Comparison['counts'] {
  return db
    .prepare(
      `SELECT coalesce(sum(max(n - o, 0)), 0) AS added, coalesce(sum(max(o - n, 0)), 0) AS removed, 0 AS changed, coalesce(sum(min(o, n)), 0) AS same FROM (${ROW_COUNTS})`,
    )
    .get() as Comparison['counts']
}

function* wholeChanges(db: Database.Database): Generator<Change, void, void> {
  const rows = db.prepare(`SELECT row, o - n FROM (${ROW_COUNTS}) WHERE o <> n ORDER BY o < n, at`).raw()
  for (const [row, more] of rows.iterate() as IterableIterator<[string, number]>) {
    for (let i = 0; i < Math.abs(more); i++)
      yield { kind: more > 0 ? 'removed' : 'added', key: row.split(SEPARATOR), cells: [] }
  }
}
