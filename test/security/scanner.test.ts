import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { secretsOf, SPARE, takeFound } from './scanner.ts'

const SECRET = 'a secret with "quotes" and /+= in it'
const env = { PATH: process.env.PATH, X_API_KEY: 'KEYKEYKEYKEY', X_API_SECRET: SECRET }
const run = promisify(execFile)

it.each([
  ['as it is', 'process.stdout.write(process.env.X_API_SECRET)'],
  ['on stderr', 'process.stderr.write(process.env.X_API_SECRET)'],
  ['as JSON', 'process.stdout.write(JSON.stringify(process.env))'],
  ['in a URL', 'process.stdout.write(encodeURIComponent(process.env.X_API_SECRET))'],
  [
    'as Basic',
    'process.stdout.write(Buffer.from(process.env.X_API_KEY + ":" + process.env.X_API_SECRET).toString("base64"))',
  ],
  [
    'in two pieces',
    'process.stdout.write(process.env.X_API_SECRET.slice(0, 9)); setTimeout(() => process.stdout.write(process.env.X_API_SECRET.slice(9)), 100)',
  ],
  ['that the test did not give', `process.stdout.write(process.env.${Object.keys(SPARE)[0]})`],
])('a secret that a child shows %s is found', async (_, program) => {
  await run(process.execPath, ['-e', program], { env })
  expect(takeFound()).toHaveLength(1)
})

it('nothing else is reported, and later readers of the streams get all output', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log("X_API_SECRET")'], { env })
  await once(child.stdout, 'readable')
  expect(String(child.stdout.read())).toBe('X_API_SECRET\n')
  expect(takeFound()).toEqual([])
  expect(secretsOf({ A_SECRET: 'short' })).toEqual([])
})
