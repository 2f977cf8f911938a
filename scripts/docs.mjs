// Writes docs/reference and the table in docs/coverage.md from the provider files; docs/command-line.md and the commands in docs/shell.md.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = await rolldown({
  input: { docs: join(root, 'scripts/docs/write.ts') },
  platform: 'node',
  external: ['better-sqlite3'],
  logLevel: 'warn',
})
const dir = join(root, 'node_modules/.cache/confluentql')
await tools.write({ dir, format: 'esm' })
const { writeDocs } = await import(pathToFileURL(join(dir, 'docs.js')))
await writeDocs(root)
