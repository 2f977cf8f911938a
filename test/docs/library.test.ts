import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalSandbox, startSandbox } from 'confluentql'
import { folder } from '../support/cleanup.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
/** The programs of docs/library.md, each with what it prints. */
const examples = [
  ...readFileSync(join(ROOT, 'docs/library.md'), 'utf8').matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs),
].map(([, code = '', output = '']) => ({ code, output }))

describe('the programs of docs/library.md', () => {
  const dir = folder()
  let sandbox: LocalSandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ date: '2026-11-01' })
    mkdirSync(join(dir, 'node_modules'))
    symlinkSync(ROOT, join(dir, 'node_modules/confluentql'))
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
    for (const [i, { code }] of examples.entries()) writeFileSync(join(dir, `${i}.ts`), code)
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.AsyncIterable'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      strict: true,
      types: [],
      preserveSymlinks: true,
      outDir: 'out',
    }
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const compiled = await run(process.execPath, [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '-p',
      dir,
    ]).catch((error: { stdout: string }) => error)
    expect(compiled.stdout).toBe('')
  })
  afterAll(() => sandbox.close())

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(5)
  })

  it.each(examples.map(({ code, output }, i) => [i, code, output] as const))(
    'program %i',
    async (i, _, output) => {
      const { env = {}, profile } = sandbox.options
      expect(profile).toBeDefined()
      const { stdout, stderr } = await run(process.execPath, [join(dir, `out/${i}.js`)], {
        cwd: dir,
        env: { PATH: process.env.PATH, ...env },
      })
      expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' })
    },
  )
})
