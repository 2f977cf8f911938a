import { createRequire } from 'node:module'

/** What the HTTP/1.1 client uses of modules of Node that take milliseconds to load. */
const BUILTINS = {
  'node:assert':
    "module.exports = (ok, message) => { if (!ok) throw message instanceof Error ? message : new Error(message ?? 'undici: an assertion failed') }",
  // the size is Node's default; src/http/wire/undici.ts sets it
  'node:http': 'module.exports = { IncomingMessage: undefined, maxHeaderSize: 16384 }',
}

/** Modules of undici for what no request uses: HTTP/2, and bodies that are not texts. */
const UNUSED = ['client-h2.js', 'web/fetch/body.js']

const { ERROR, TYPE } = createRequire(import.meta.url)('undici/lib/llhttp/constants.js')

/**
 * Modules that compute tables when they are loaded, of which little is used. The tree finds the names of headers, which undici
 * otherwise makes of the bytes.
 */
const TABLES = {
  'llhttp/constants.js': `module.exports = ${JSON.stringify({ ERROR, TYPE })}`,
  './tree': 'module.exports = { tree: { lookup: () => null } }',
}

/** Removes what undici loads for features that are not used, which takes half of its loading time. */
export const leanUndici = {
  name: 'lean-undici',
  resolveId(source, importer = '') {
    if (!/[\\/]undici[\\/]lib[\\/]/.test(importer)) return undefined
    const table = Object.keys(TABLES).find(name => source.endsWith(name))
    if (table !== undefined) return `\0undici/${table}`
    if (Object.hasOwn(BUILTINS, source)) return `\0undici/${source}`
    return UNUSED.some(name => source.endsWith(`/${name}`)) ? '\0undici/unused' : undefined
  },
  load(id) {
    if (!id.startsWith('\0undici/')) return undefined
    const name = id.slice('\0undici/'.length)
    const code =
      BUILTINS[name]
      ?? TABLES[name]
      ?? "module.exports = () => { throw new Error('undici: this feature is not built in') }"
    return { code, moduleType: 'js' }
  },
}
