/*
 * Replaces src/engine/store/sqlite-module.ts in our bundle. It contains the JavaScript of better-sqlite3, so that only the native
 * module is loaded from its folder: a dozen files without a code cache, and the search for the native module, take 8 ms.
 */
exports.loadSqlite = () => {
  let nativeBinding
  try {
    nativeBinding = require('better-sqlite3/build/Release/better_sqlite3.node')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    // better-sqlite3 searches other folders, and lists them in its error
    return { Database: require('better-sqlite3') }
  }
  return { Database: require('better-sqlite3/lib/database.js'), nativeBinding }
}
