import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'

/** The package with Postgres in WebAssembly, and the version that the server was tested with. */
export const PGLITE = '@electric-sql/pglite'
export const PGLITE_VERSION = '0.5.17'

/** @throws ConfluentqlError USAGE with the command that installs PGlite, if it is missing or another version */
export function requirePglite(): void {
  const found = installedVersion()
  if (found === PGLITE_VERSION) return
  const problem = found === undefined ? 'is not installed' : `is installed in version ${found}`
  throw new ConfluentqlError('USAGE', `serve needs ${PGLITE} ${PGLITE_VERSION}, which ${problem}`, {
    hint: `npm install ${PGLITE}@${PGLITE_VERSION}`,
  })
}

function installedVersion(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(PGLITE)
    const text = readFileSync(join(dirname(entry), '../package.json'), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return undefined
  }
}
