import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { readSandboxData } from '../../src/sandbox/rows/data.ts'
import { startSandbox } from '../../src/sandbox/server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(m => m[1]!)
/** Ports are chosen anew by every sandbox. */
const withoutPort = (text: string): string => text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').trimEnd()

describe('README', () => {
  const consoles = blocks('console').map(b => /^\$ ((?:[^"\n]*"[^"]*"[^"\n]*|[^\n]*))\n([\s\S]*)$/.exec(b)!)

  test('has examples, and fewer than 150 lines', () => {
    expect(consoles.length).toBeGreaterThan(3)
    expect(readme.split('\n').length).toBeLessThan(150)
  })

  test.each(
    consoles.map(([, command, output]) => [command!.replace(/\s+/g, ' ').slice(0, 100), command!, output!]),
  )('%s prints what it shows', async (_, command, output) => {
    const { stdout } = await run('bash', ['-c', command.replace('npx confluentql', 'node dist/cli.js')], {
      cwd: root,
    })
    expect(withoutPort(stdout)).toBe(withoutPort(output))
  })

  test('links to what there is, and to every guide', () => {
    const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
    expect(links.filter(to => !existsSync(join(root, to)))).toEqual([])
    const guides = readdirSync(join(root, 'docs')).filter(file => file.endsWith('.md'))
    expect(guides.filter(file => !links.includes(`docs/${file}`))).toEqual([])
  })

  test('the example of the library runs', async () => {
    const sandbox = await startSandbox({
      catalog: loadCatalog(join(root, 'dist', 'providers')),
      data: await readSandboxData(join(root, 'dist', 'sandbox.json')),
    })
    const file = join(root, 'dist', 'readme-example.mjs')
    writeFileSync(file, blocks('js')[0]!)
    try {
      const { stdout } = await run(process.execPath, [file], {
        cwd: root,
        env: { ...process.env, ...sandbox.env },
      })
      expect(stdout.split('\n').filter(l => l.includes('@example.')).length).toBe(140)
    } finally {
      rmSync(file)
      await sandbox.close()
    }
  })
})
