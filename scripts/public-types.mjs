import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.ts['"]/g

/** Removes the declarations in a folder that a declaration does not import, directly or indirectly. */
export function keepTypesOf(entry, dir) {
  const kept = new Set()
  const visit = file => {
    if (kept.has(file)) return
    kept.add(file)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(IMPORT))
      visit(resolve(dirname(file), `${name}.d.ts`))
  }
  visit(resolve(entry))
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  for (const file of entries.filter(e => e.isFile()).map(e => join(e.parentPath, e.name)))
    if (!kept.has(resolve(file))) rmSync(file)
  // deeper folders first
  for (const folder of entries
    .filter(e => e.isDirectory())
    .map(e => join(e.parentPath, e.name))
    .toSorted()
    .toReversed())
    if (readdirSync(folder).length === 0) rmdirSync(folder)
}
