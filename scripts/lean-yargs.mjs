import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const PLATFORM = fileURLToPath(new URL('yargs-platform.mjs', import.meta.url))
const PARSER = fileURLToPath(
  new URL('../node_modules/yargs-parser/build/lib/yargs-parser.js', import.meta.url),
)
const STRING_WIDTH = createRequire(import.meta.url).resolve('string-width')
/** Replacements for unused modules of yargs: configuration files, and run-time checks of argument types. */
const STUBS = {
  'apply-extends.js': 'export const applyExtends = config => config',
  'argsert.js': 'export const argsert = () => {}',
}

/** Removes what yargs loads at the start for unused features: locales, configuration files, layout of help. */
export const leanYargs = {
  name: 'lean-yargs',
  resolveId(source, importer = '') {
    if (/[\\/]yargs[\\/]index\.mjs$/.test(importer) && source.endsWith('/platform-shims/esm.mjs'))
      return PLATFORM
    const name = source.slice(source.lastIndexOf('/') + 1)
    if (/[\\/]yargs[\\/]build[\\/]/.test(importer) && Object.hasOwn(STUBS, name)) return `\0yargs/${name}`
    // excludes the part that reads configuration files
    if (source === 'yargs-parser' && importer === PLATFORM) return PARSER
    // share the copy whose tables are lazy
    if (source === 'string-width') return STRING_WIDTH
    return undefined
  },
  load(id) {
    return id.startsWith('\0yargs/') ? STUBS[id.slice('\0yargs/'.length)] : undefined
  },
}
