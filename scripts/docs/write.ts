import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compileProviders } from '../../src/compiler.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { commandPage } from './commands.ts'
import { withCoverage } from './coverage.ts'
import { referencePages } from '../../src/cli/reference/reference.ts'
import { withCommands } from './shell.ts'

/**
 * Writes docs/reference and the table in docs/coverage.md from the provider files in `root`/providers, and
 * docs/command-line.md and the table in docs/shell.md from the program's tables of commands.
 */
export async function writeDocs(root: string): Promise<void> {
  const compiled = mkdtempSync(join(tmpdir(), 'confluentql-'))
  try {
    compileProviders(join(root, 'providers'), compiled)
    const catalog = loadCatalog(compiled)
    const reference = join(root, 'docs/reference')
    rmSync(reference, { recursive: true, force: true })
    for (const [file, text] of await referencePages(catalog)) {
      mkdirSync(dirname(join(reference, file)), { recursive: true })
      writeFileSync(join(reference, file), text)
    }
    const coverage = join(root, 'docs/coverage.md')
    writeFileSync(coverage, withCoverage(readFileSync(coverage, 'utf8'), catalog))
    const shell = join(root, 'docs/shell.md')
    writeFileSync(shell, withCommands(readFileSync(shell, 'utf8')))
    writeFileSync(join(root, 'docs/command-line.md'), commandPage())
  } finally {
    rmSync(compiled, { recursive: true })
  }
}
