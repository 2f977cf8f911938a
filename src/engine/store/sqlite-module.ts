import type Sqlite from 'better-sqlite3'

export interface SqliteModule {
  readonly Database: typeof Sqlite
  /** The loaded native module; undefined if `Database` loads it. */
  readonly nativeBinding?: Sqlite.Options['nativeBinding'] | undefined
}

/**
 * Loads better-sqlite3 synchronously when a database is opened: SHOW and DESCRIBE need none. In the build, scripts/bundled-sqlite.cjs
 * replaces this module.
 */
export function loadSqlite(): SqliteModule {
  const { createRequire } = process.getBuiltinModule('node:module')
  return { Database: createRequire(import.meta.filename)('better-sqlite3') as typeof Sqlite }
}
