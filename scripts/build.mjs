// Builds dist/: the program and the library as bundles, the types, the compiled provider files, the sandbox's data.
import { rm, chmod } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => join(root, ...parts)
await rm(at('dist'), { recursive: true, force: true })

const external = ['better-sqlite3']
const shipped = await rolldown({
  input: { cli: at('src/cli/main.ts'), index: at('src/index.ts'), engine: at('src/cli/repl/engine.ts') }, platform: 'node', external, logLevel: 'warn',
})
await shipped.write({ dir: at('dist'), format: 'esm', chunkFileNames: '[name]-[hash].js', comments: { legal: false } })
await chmod(at('dist/cli.js'), 0o755)

const tools = await rolldown({ input: { providers: at('src/catalog/compile.ts'), sandbox: at('src/sandbox/build.ts') }, platform: 'node', external, logLevel: 'warn' })
const toolDir = at('node_modules/.cache/confluentql')
await tools.write({ dir: toolDir, format: 'esm' })
const { compileProviders } = await import(pathToFileURL(join(toolDir, 'providers.js')))
const { buildSandboxData } = await import(pathToFileURL(join(toolDir, 'sandbox.js')))
compileProviders(at('providers'), at('dist/providers'))
await buildSandboxData([at('providers/confluent/sandbox'), at('providers/kafka/sandbox')], at('dist/sandbox.json'))

execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.types.json')], { stdio: 'inherit' })
