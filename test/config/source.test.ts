import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSource } from '../../src/config/source.ts'
import type { Source } from '../../src/config/types.ts'
import { folder } from './support.ts'

const env = { PATH: process.env['PATH'], NAME: 'from-env' }
const script = (code: string, ...args: string[]): Source => ({
  kind: 'command',
  argv: [process.execPath, '-e', code, ...args],
})
const read = (source: Source, timeout?: number) =>
  readSource(source, 'secret of config.yaml:3', { env, ...(timeout !== undefined && { timeout }) })
const failure = async (source: Source, timeout?: number): Promise<string> => {
  const error: unknown = await read(source, timeout).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({
    code: 'CREDENTIALS',
    message: expect.stringContaining('secret of config.yaml:3'),
  })
  const { message, hint } = error as { message: string; hint: string }
  expect(`${message} ${hint}`).not.toContain('hunter2')
  return message
}

describe('a source', () => {
  it('is a literal, a variable, or what a command prints', async () => {
    expect(await read({ kind: 'literal', text: 'a' })).toBe('a')
    expect(await read({ kind: 'env', name: 'NAME' })).toBe('from-env')
    expect(await read(script('console.log(process.env.NAME)'))).toBe('from-env')
    expect(await failure({ kind: 'env', name: 'OTHER' })).toContain('OTHER is not set')
  })

  it('runs commands without a shell', async () => {
    expect(await read(script('process.stdout.write(process.argv[1])', '$NAME; echo `x` > y'))).toBe(
      '$NAME; echo `x` > y',
    )
  })

  it('does not show an invalid name of a variable, which may be a secret', async () => {
    for (const name of ['hunter2', 'aB3dE5gH7jK9', 'a b'])
      expect(await failure({ kind: 'env', name })).toBe(
        'secret of config.yaml:3: the variable that its env names is not set',
      )
  })

  it('is trimmed by one line end and nothing else', async () => {
    expect(await read(script('process.stdout.write(" a b \\r\\n")'))).toBe(' a b ')
    expect(await read(script('process.stdout.write("a\\n\\n")'))).toBe('a\n')
  })

  it('reports how a command failed, not its output', async () => {
    expect(
      await failure(script('console.log("hunter2"); console.error("hunter2"); process.exit(3)')),
    ).toContain('ended with status 3')
    expect(await failure(script('', 'hunter2'))).toContain('printed nothing')
    expect(await failure({ kind: 'command', argv: ['/nonexistent/program', 'hunter2'] })).toContain(
      'the command program was not found',
    )
    expect(
      await failure(script('process.stdout.write("hunter2".repeat(20000)); setInterval(() => {}, 1000)')),
    ).toContain('printed more than 64 KB')
  })

  it('ends a command that exceeds its time, even if it left processes', async () => {
    const file = join(folder(), 'child.cjs')
    writeFileSync(
      file,
      `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'inherit' })\nsetTimeout(() => {}, 60000)`,
    )
    expect(await failure({ kind: 'command', argv: [process.execPath, file] }, 300)).toContain(
      'took longer than 0.3 s',
    )
  })

  it('ends a command when it is aborted', async () => {
    const cancel = new AbortController()
    const reading = readSource(script('setInterval(() => {}, 1000)'), 'it', { env, signal: cancel.signal })
    cancel.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })
})
