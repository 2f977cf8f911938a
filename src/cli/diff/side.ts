import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import type { Catalog } from '../../catalog/types.ts'
import { Session as LocalSession } from '../../engine/session.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import type { CliOptions } from '../args/options.ts'
import { placingErrors, withPlace, type Script } from '../report.ts'
import { readScript } from '../script/scripts.ts'
import type { World } from '../world.ts'
import { cellOfValue } from './cell.ts'
import { readFile } from './files.ts'
import { distinct, type Side } from './types.ts'

const FILES = ['.json', '.ndjson', '.jsonl', '.csv', '.tsv', '.parquet']
const TABLE = /^(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*$/

/**
 * Opens an operand of `diff`: SQL (text that begins like a statement, or @FILE), a saved result, FILE:TABLE of a SQLite
 * file, or the name of a table.
 * @throws ConfluentqlError USAGE
 */
export async function openSide(
  word: string,
  session: Session,
  options: CliOptions,
  signal: AbortSignal,
  onBusy: World['onBusy'],
): Promise<Side> {
  if (word.startsWith('@')) return ofStatement(word, await readScript(word.slice(1)), session, signal)
  if (/^\s*(?:--|\/\*|\(|(?:SELECT|WITH|VALUES|SHOW|DESCRIBE|DESC|EXPLAIN)\s)/i.test(word))
    return ofStatement(shortened(word), written(word), session, signal)
  if (FILES.includes(extname(word).toLowerCase())) return readFile(word, options.delimiter, onBusy)
  const [, file, table] = /^(.+):([^:/\\]+)$/.exec(word) ?? []
  if (file !== undefined && table !== undefined && (extname(file) !== '' || existsSync(file)))
    return ofDatabase(word, file, table, signal)
  if (extname(word) !== '' && existsSync(word)) {
    throw new ConfluentqlError(
      'USAGE',
      `${word} is a file, but not a saved result: it does not end in ${FILES.join(' ')}`,
      { hint: `@${word} is the statement in it, ${word}:TABLE a table of it` },
    )
  }
  if (TABLE.test(word)) return ofStatement(word, written(`SELECT * FROM ${word}`), session, signal)
  throw new ConfluentqlError('USAGE', `${JSON.stringify(word)} is neither SQL, a saved result nor a table`, {
    hint: `write a file (${FILES.join(' ')}), FILE.db:TABLE, "SELECT …" or @FILE.sql`,
  })
}

const shortened = (sql: string): string =>
  (sql.length > 60 ? `${sql.slice(0, 59)}…` : sql).replace(/\s+/g, ' ')

const written = (text: string): Script => ({ name: undefined, text })

/** Runs the only statement of a script. Errors have its place. */
async function ofStatement(
  name: string,
  script: Script,
  session: LocalSession,
  signal: AbortSignal,
): Promise<Side> {
  const sql = script.text
  const [piece, ...others] = placingErrors(script, () => session.statements(sql))
  if (!piece || others.length > 0)
    throw new ConfluentqlError(
      'USAGE',
      `${name}: ${piece ? 'one statement can be compared, not several' : 'there is no statement'}`,
    )
  const result = await session.runPiece(sql, piece, signal).catch((error: unknown) => {
    throw withPlace(error, script)
  })
  if (result.columns.length === 0) throw new ConfluentqlError('USAGE', `${name}: it gives no rows to compare`)
  async function* rows(): AsyncGenerator<string[], void, void> {
    for await (const row of result.rows) yield row.map((value, i) => cellOfValue(value, result.columns[i]!))
    result.finish()
  }
  return {
    name,
    typing: 'types',
    columns: distinct(
      result.columns.map(c => c.name),
      name,
    ),
    rows: rows(),
  }
}

const EMPTY_CATALOG: Catalog = {
  providers: () => [],
  provider: () => undefined,
  names: () => new Map(),
  isWhole: () => true,
  service: () => undefined,
  resource: () => undefined,
}

/** Opens a table of a SQLite file: read-only, and without providers, so that its views cannot reach an API. */
async function ofDatabase(name: string, file: string, table: string, signal: AbortSignal): Promise<Side> {
  if (!existsSync(file)) throw new ConfluentqlError('USAGE', `cannot read ${file}: there is no such file`)
  const session = new LocalSession({
    db: file,
    readonly: true,
    catalog: EMPTY_CATALOG,
    connect: async () => (await import('../../http/client.ts')).createClient({ env: {} }),
  })
  const side = await ofStatement(
    name,
    written(`SELECT * FROM "${table.replaceAll('"', '""')}"`),
    session,
    signal,
  ).catch(async (error: unknown) => {
    const isView = session.names().views.some(view => view.toLowerCase() === table.toLowerCase())
    await session.close()
    if (!isView) throw error
    throw new ConfluentqlError('UNSUPPORTED', `${name} is a view that cannot be read from the file alone`, {
      cause: error,
      hint: `save its rows first: --db ${file} "CREATE TABLE name AS SELECT * FROM ${table}"`,
    })
  })
  async function* rows(): AsyncGenerator<readonly string[], void, void> {
    try {
      yield* side.rows
    } finally {
      await session.close()
    }
  }
  return { ...side, rows: rows() }
}
