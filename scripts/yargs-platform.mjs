/*
 * Replaces yargs/lib/platform-shims/esm.mjs in our bundle. The original reads locales and package.json and loads the
 * layout of help at each start, although few runs show help. This one is English only, loads the layout when help is
 * shown, and reads no file.
 */
import { basename, dirname, extname, join, normalize, relative, resolve } from 'node:path'
import { format } from 'node:util'
import stringWidth from 'string-width'
import { YargsParser } from 'yargs-parser'

const parser = new YargsParser({
  cwd: () => process.cwd(),
  env: () => process.env,
  format,
  normalize,
  resolve,
})
const Parser = {
  detailed: (words, options) => parser.parse(words.slice(), options),
  camelCase: text => text,
  decamelize: text => text,
  looksLikeNumber: () => false,
}

const texts = {}
const translated = (text, ...values) => format(texts[text] ?? text, ...values)

export default {
  assert: { strictEqual: assert((a, b) => a === b), notStrictEqual: assert((a, b) => a !== b) },
  cliui: options => require('cliui')(options),
  // instead of looking for a package.json
  findUp: () => 'package.json',
  readFileSync: () => '{}',
  getEnv: name => process.env[name],
  getProcessArgvBin: () => process.argv[1],
  inspect: value => format('%o', value),
  mainFilename: '/',
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => process.cwd(),
    emitWarning: (warning, type) => process.emitWarning(warning, type),
    execPath: () => process.execPath,
    exit: code => process.exit(code),
    nextTick: process.nextTick,
    stdColumns: null,
  },
  stringWidth,
  y18n: {
    __: translated,
    __n: (one, many, count, ...values) => translated(count === 1 ? one : many, ...values),
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: more => Object.assign(texts, more),
  },
}

function assert(holds) {
  return (a, b, message) => {
    if (!holds(a, b)) throw new Error(message ?? 'yargs is used incorrectly')
  }
}
