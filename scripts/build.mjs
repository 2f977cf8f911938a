// Builds dist/: bundles of the program and the library, types, compiled provider files, the sandbox's data.
import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'
import { leanUndici } from './lean-undici.mjs'
import { leanYargs } from './lean-yargs.mjs'
import { thirdPartyLicenses } from './licenses.mjs'
import { keepTypesOf } from './public-types.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => join(root, ...parts)
await rm(at('dist'), { recursive: true, force: true })

const external = ['better-sqlite3', 'better-sqlite3/build/Release/better_sqlite3.node', 'bindings']

/** Makes string-width build its segmenter and Unicode sets at the first text that is not ASCII: at load they take a third of the start. */
const lazyWidths = {
  name: 'lazy-widths',
  transform(code, id) {
    if (!/[\\/]string-width[\\/]index\.js$/.test(id)) return undefined
    const imports = code.match(/^import .*;$/gm)
    const body = code
      .replace(/^import .*;$/gm, '')
      .replace('export default function stringWidth', 'function stringWidth')
    if (body.includes('export ') || !body.includes('function stringWidth'))
      throw new Error(`${id} has unexpected exports`)
    return `${imports.join('\n')}\nlet made;\nexport default (text, ...rest) => typeof text === 'string' && /^[ -~]*$/.test(text) ? text.length : (made ??= make())(text, ...rest);\nfunction make() {\n${body}\nreturn stringWidth;\n}`
  },
}

/** Bundles the JavaScript of better-sqlite3. */
const bundledSqlite = {
  name: 'bundled-sqlite',
  resolveId: source => (source === './sqlite-module.ts' ? at('scripts/bundled-sqlite.cjs') : undefined),
}

/**
 * Leaves out the validator of JSON Schema of the MCP library, which is half of it: the arguments of tools are checked by
 * src/mcp/arguments.ts, and forms have one field.
 */
const leanMcp = {
  name: 'lean-mcp',
  resolveId: id => (id === '@modelcontextprotocol/server/_shims' ? '\0mcp-shims' : undefined),
  load: id =>
    id === '\0mcp-shims'
      ? "export { default as process } from 'node:process'\nexport class DefaultJsonSchemaValidator {}"
      : undefined,
}

/**
 * Escapes all characters that are not ASCII. An ASCII file is read in half the time: with any other character, V8 stores the
 * whole file with two bytes per character.
 */
function asciiOnly(code, name) {
  if (/\\[^\0-\x7f]/.test(code)) throw new Error(`${name}: a backslash before a character that is not ASCII`)
  return code.replaceAll(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * One chunk for what every statement needs, one for what the program adds, one for what queries and changes need, one for
 * options on the command line, and one each for the client and for undici: each further file takes a quarter of a millisecond
 * at the start, and each takes time by its size.
 */
const codeSplitting = {
  groups: [
    {
      name: 'engine',
      priority: 1,
      // the session, and what both other files need
      test: /src[\\/](?:engine[\\/]session|providers|catalog[\\/](?:sources[\\/]load|profiles)|clock|config[\\/]load|packed|secrets|sql[\\/]secrets)\.ts$/,
    },
    {
      name: 'query',
      test: /src[\\/](?:engine[\\/](?:explain[\\/]explain|query[\\/]query|scans[\\/]scan|writes[\\/]writes)|plan[\\/]statements[\\/](?:once|statement|table-columns))\.ts$/,
    },
    {
      name: 'run',
      test: /src[\\/]cli[\\/](?:crash|meter|open|args[\\/](?:options|statement)|script[\\/](?:scripts|help)|run[\\/](?:runner|settings))\.ts$/,
    },
    { name: 'args', test: /src[\\/]cli[\\/]args[\\/]command-line\.ts$/ },
    { name: 'client', test: /src[\\/]http[\\/]client\.ts$/ },
    { name: 'wire', test: /src[\\/]http[\\/]wire[\\/]undici\.ts$/ },
  ],
}

// CommonJS: V8's code cache needs it, and both import and require can load it.
const outputOptions = {
  dir: at('dist'),
  format: 'cjs',
  minify: { mangle: { keepNames: true }, compress: false, codegen: true },
  dynamicImportInCjs: false,
  comments: { legal: false },
}

// Each launcher is a bundle of its own, without shared chunks: Node compiles it without a code cache.
for (const name of ['cli', 'engine', 'mcp-engine']) {
  const launcher = await rolldown({
    input: { [name]: at(`src/cli/launch/${name}.ts`) },
    platform: 'node',
    logLevel: 'warn',
  })
  await launcher.write(outputOptions)
}

/** An export as rolldown writes it: a function that returns it. */
const EXPORT =
  /Object\.defineProperty\(exports,"([^"]+)",\{enumerable:true,get:function\(\)\{return ([\w$]+)\}\}\)/g

/**
 * Exports what never changes as a value: the program would make 350 functions at its start, and call one at each use. A name that is
 * assigned anywhere in the file keeps its function.
 */
function withPlainExports(code) {
  const assigned = new Set()
  const visit = node => {
    if (typeof node !== 'object' || node === null) return
    const target =
      node.type === 'AssignmentExpression'
        ? node.left
        : node.type === 'UpdateExpression'
          ? node.argument
          : undefined
    for (const [name] of code.slice(target?.start ?? 0, target?.end ?? 0).matchAll(/[\w$]+/g))
      assigned.add(name)
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(code))
  return code.replace(EXPORT, (whole, name, value) =>
    assigned.has(value) ? whole : `exports[${JSON.stringify(name)}]=${value}`,
  )
}

/** Characters after which a line is broken at the next statement. */
const LINE = 400

/** Code in lines: Node prints the line of an uncaught error of the library, which would be a whole file. */
function broken(code) {
  const starts = new Set()
  const visit = node => {
    if (typeof node !== 'object' || node === null) return
    if (/(?:Statement|Declaration|MethodDefinition)$/.test(node.type ?? '')) starts.add(node.start)
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(code))
  const lines = []
  let last = 0
  for (const start of [...starts].toSorted((a, b) => a - b)) {
    if (start - last < LINE) continue
    lines.push(code.slice(last, start))
    last = start
  }
  return [...lines, code.slice(last)].join('\n')
}

// The program and the library.
const shipped = await rolldown({
  input: {
    main: at('src/cli/main.ts'),
    index: at('src/index.ts'),
    'engine-main': at('src/cli/repl/engine.ts'),
    'mcp-engine-main': at('src/cli/mcp/engine.ts'),
    compiler: at('src/compiler.ts'),
    evaluator: at('src/cli/serve/evaluator.ts'),
  },
  platform: 'node',
  // src/providers.ts requires the compiler when something has to be compiled
  external: [...external, './compiler.js'],
  plugins: [lazyWidths, leanYargs, leanUndici, leanMcp, bundledSqlite],
  logLevel: 'warn',
})
const { output } = await shipped.write({
  ...outputOptions,
  chunkFileNames: '[name]-[hash].js',
  codeSplitting,
})
for (const { fileName, code } of output)
  if (code !== undefined)
    await writeFile(at('dist', fileName), broken(withPlainExports(asciiOnly(code, fileName))))
await writeFile(at('dist/package.json'), '{"name":"confluentql","type":"commonjs","exports":"./index.js"}\n')
await chmod(at('dist/cli.js'), 0o755)
await writeFile(at('dist/THIRD-PARTY-LICENSES'), await thirdPartyLicenses(output))

// The large sandbox, loaded when it is started.
const large = await rolldown({
  input: { 'sandbox-large': at('providers/confluent/sandbox/large.mjs') },
  logLevel: 'warn',
})
await large.write(outputOptions)

const tools = await rolldown({
  input: {
    providers: at('src/compiler.ts'),
    sandbox: at('src/sandbox/build.ts'),
    man: at('src/cli/args/man.ts'),
  },
  platform: 'node',
  external,
  logLevel: 'warn',
})
const toolDir = at('node_modules/.cache/confluentql')
await tools.write({ dir: toolDir, format: 'esm' })
const { compileProviders } = await import(pathToFileURL(join(toolDir, 'providers.js')))
const { manPage } = await import(pathToFileURL(join(toolDir, 'man.js')))
const { buildSandboxData } = await import(pathToFileURL(join(toolDir, 'sandbox.js')))
const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'))
const built = process.env.SOURCE_DATE_EPOCH
  ? new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000)
  : new Date()
await writeFile(at('dist/confluentql.1'), manPage(version, built))
compileProviders(at('providers'), at('dist/providers'))
await buildSandboxData(
  [at('providers/confluent/sandbox'), at('providers/kafka/sandbox')],
  at('dist/sandbox.json'),
)

// the audits, which are prompts of the MCP server
await cp(at('examples'), at('dist/audits'), {
  recursive: true,
  filter: source => source === at('examples') || source.endsWith('.sql'),
})

execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.types.json')], {
  stdio: 'inherit',
})
keepTypesOf(at('dist/types/index.d.ts'), at('dist/types'))

await import('./code-cache.mjs')
