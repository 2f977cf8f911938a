import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { compileProviders } from '../../src/catalog/compile.ts'
import { loadCatalog } from '../../src/catalog/load.ts'
import type { Catalog } from '../../src/catalog/types.ts'

/** The folder of our provider files. */
export const providersDir = fileURLToPath(new URL('../../providers', import.meta.url))

/** Our providers, compiled for this test file alone. */
export function compiledCatalog(): Catalog {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-'))
  afterAll(() => rmSync(dir, { recursive: true }))
  compileProviders(providersDir, dir)
  return loadCatalog(dir)
}
