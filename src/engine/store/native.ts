import type Database from 'better-sqlite3'
import { ConfluentqlError } from '../../errors.ts'
import { loadSqlite } from './sqlite-module.ts'

/** The hint for a native module of SQLite that cannot be loaded. */
const REINSTALL_HINT =
  'install confluentql anew with the Node that runs it, install scripts allowed, or run npm rebuild better-sqlite3 in its folder'

/** Opens a database with SQLite's native module. @throws ConfluentqlError USAGE if the module is missing or was built for another Node; errors of SQLite */
export function openSqlite(file: string, options?: Database.Options): Database.Database {
  try {
    const { Database: Sqlite, nativeBinding } = loadSqlite()
    return new Sqlite(file, { ...options, ...(nativeBinding && { nativeBinding }) })
  } catch (error) {
    throw notLoaded(error) ?? error
  }
}

/** The ConfluentqlError for a module that cannot be loaded; undefined for any other error. */
function notLoaded(error: unknown): ConfluentqlError | undefined {
  const { code, tries, message } = error as NodeJS.ErrnoException & { readonly tries?: unknown }
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_DLOPEN_FAILED' && tries === undefined) return undefined
  const [line = ''] = message.split('\n')
  return new ConfluentqlError('USAGE', `better-sqlite3 cannot be loaded: ${line}`, {
    cause: error,
    hint: REINSTALL_HINT,
  })
}
