#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { load, scripts } from './load.ts'

export { scripts }

/** Writes a short text to standard output, without Node's stream if possible: loading that takes milliseconds. */
function print(text: string): void {
  const fail = (error: NodeJS.ErrnoException): void => {
    // a closed pipe is not an error
    if (error.code === 'EPIPE') return
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`)
    process.exitCode = 1
  }
  try {
    writeSync(1, text)
  } catch (error) {
    // a pipe that is full and does not block
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') process.stdout.on('error', fail).write(text)
    else fail(error as NodeJS.ErrnoException)
  }
}

const [word, ...others] = process.argv.slice(2)
if (word === '--version' && others.length === 0) {
  const { version } = JSON.parse(readFileSync(resolve(__dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  print(`${version}\n`)
} else load(join(__dirname, 'main.js'))
