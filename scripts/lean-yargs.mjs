import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const PLATFORM = fileURLToPath(new URL('yargs-platform.mjs', import.meta.url))
const PARSER = fileURLToPath(
  new URL('../node_modules/yargs-parser/build/lib/yargs-parser.js', import.meta.url),
)
const STRING_WIDTH = createRequire(import.meta.url).resolve('string-width')
/** What stands for modules of yargs that have no use here: configuration files; types of arguments, which the compiler has checked. */
const STUBS = {
  'apply-extends.js': 'export const applyExtends = config => config',
  'argsert.js': 'export const argsert = () => {}',
}

/** yargs without what it does at the start for features that are not used here: locales, configuration files, help. */
export const leanYargs = {
  name: 'lean-yargs',
  resolveId(source, importer = '') {
    if (/[\\/]yargs[\\/]index\.mjs$/.test(importer) && source.endsWith('/platform-shims/esm.mjs'))
      return PLATFORM
    const name = source.slice(source.lastIndexOf('/') + 1)
    if (/[\\/]yargs[\\/]build[\\/]/.test(importer) && Object.hasOwn(STUBS, name)) return `\0yargs/${name}`
    // without the part that reads configuration files
    if (source === 'yargs-parser' && importer === PLATFORM) return PARSER
    // one for all, of which the tables are lazy
    if (source === 'string-width') return STRING_WIDTH
    return undefined
  },
  load(id) {
    return id.startsWith('\0yargs/') ? STUBS[id.slice('\0yargs/'.length)] : undefined
  },
}
