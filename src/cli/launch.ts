#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'

/*
 * The first file that runs: loads the program from its built files, each with the code that V8 compiled of it before
 * (beside it, `.cache`, made by the build), which takes a third off start-up. V8 itself refuses code of another
 * version or of another text; then the file is compiled as ever.
 */

interface Loaded {
  exports: unknown
}

const outer = createRequire(__filename)
const loaded = new Map<string, Loaded>()

/** The scripts that run, by their files: the build has V8's code of them written down. */
export const scripts = new Map<string, Script>()

function load(file: string): unknown {
  const known = loaded.get(file)
  if (known) return known.exports
  const module: Loaded = { exports: {} }
  loaded.set(file, module)
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`,
    { filename: file, cachedData: cacheOf(file) },
  )
  scripts.set(file, script)
  const within = (name: string): unknown =>
    name.startsWith('./') ? load(join(__dirname, name)) : outer(name)
  const run = script.runInThisContext() as (
    exports: unknown,
    require: unknown,
    module: Loaded,
    file: string,
    folder: string,
  ) => void
  run(module.exports, Object.assign(within, { resolve: outer.resolve }), module, file, __dirname)
  return module.exports
}

function cacheOf(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

const [word, ...others] = process.argv.slice(2)
if (word === '--version' && others.length === 0) {
  const { version } = JSON.parse(readFileSync(resolve(__dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  // a reader that has gone is no error
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`)
    process.exitCode = 1
  })
  process.stdout.write(`${version}\n`)
} else load(join(__dirname, 'main.js'))
