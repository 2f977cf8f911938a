// Writes test/sandbox/described.json, what the tests of the sandbox hold its requests and answers against, from OpenAPI documents:
//   node scripts/describe.mjs PATH...
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = await rolldown({
  input: { describe: join(root, 'scripts/describe/write.ts') },
  platform: 'node',
  external: ['better-sqlite3'],
  logLevel: 'warn',
})
const dir = join(root, 'node_modules/.cache/confluentql')
await tools.write({ dir, format: 'esm' })
const { writeDescription } = await import(pathToFileURL(join(dir, 'describe.js')))
await writeDescription(root, process.argv.slice(2))
