import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { commandPage } from '../../scripts/docs/commands.ts'
import { withCoverage } from '../../scripts/docs/coverage.ts'
import { referencePages } from '../../src/cli/reference/reference.ts'
import { compiledCatalog } from '../catalog/compiled.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const catalog = compiledCatalog()
const pages = await referencePages(catalog)
const HINT = 'is stale: npm run docs'

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

describe('docs/reference', () => {
  it('has a page for each service and no others', () => {
    expect(filesBelow(join(docs, 'reference'))).toEqual([...pages.keys()].sort())
  })

  it.each([...pages])('%s matches the provider files', (file, text) => {
    const path = join(docs, 'reference', file)
    expect(existsSync(path) && readFileSync(path, 'utf8') === text, `docs/reference/${file} ${HINT}`).toBe(
      true,
    )
  })

  it('is generated deterministically', async () => {
    expect([...(await referencePages(catalog))]).toEqual([...pages])
  })
})

describe('docs/coverage.md', () => {
  it('has the numbers of the catalog', () => {
    const text = readFileSync(join(docs, 'coverage.md'), 'utf8')
    expect(text, `docs/coverage.md ${HINT}`).toBe(withCoverage(text, catalog))
  })
})

describe('docs/command-line.md', () => {
  it('has every command and option', () => {
    expect(readFileSync(join(docs, 'command-line.md'), 'utf8'), `docs/command-line.md ${HINT}`).toBe(
      commandPage(),
    )
  })
})

/** Cells of a line of a table, as GitHub splits it: at every bar that no backslash precedes. */
function cells(line: string): string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/)
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const written = [
  ...readdirSync(ROOT).filter(file => file.endsWith('.md')),
  ...['docs', 'providers', 'examples'].flatMap(folder =>
    filesBelow(join(ROOT, folder))
      .filter(file => file.endsWith('.md'))
      .map(file => `${folder}/${file}`),
  ),
].map(file => [file, readFileSync(join(ROOT, file), 'utf8')] as const)

describe.each(written)('%s', (file, text) => {
  const lines = text.split('\n')

  it('has as many cells in each table row as in its header', () => {
    const wrong = lines.filter((line, i) => {
      const head = lines.slice(0, i + 1).findLastIndex(one => !one.startsWith('|')) + 1
      return line.startsWith('|') && cells(line).length !== cells(lines[head] ?? '').length
    })
    expect(wrong).toEqual([])
  })

  it('has balanced backquotes outside code blocks, which are closed', () => {
    const blocks = text.split(/^```.*$/m)
    expect(blocks.length % 2).toBe(1)
    const prose = blocks.filter((_, i) => i % 2 === 0).flatMap(block => block.split('\n'))
    expect(prose.filter(line => (line.split('`').length - 1) % 2 === 1)).toEqual([])
  })

  it('has no lines of an unfinished merge', () => {
    expect(lines.filter(line => /^(<{7}|={7}|>{7})( |$)/.test(line))).toEqual([])
  })

  it('has no broken links', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, to = '']) => to)
      .filter(to => !/^https?:/.test(to))
    const missing = links.filter(to => {
      const [path = '', anchor] = to.split('#')
      const target = path === '' ? join(ROOT, file) : join(ROOT, file, '..', path)
      if (!existsSync(target)) return true
      return (
        anchor !== undefined
        && !readFileSync(target, 'utf8')
          .split('\n')
          .some(line => slug(line) === anchor)
      )
    })
    expect(missing).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')

  it('has less than 200 lines', () => {
    expect(text.split('\n').length - 1).toBeLessThan(200)
  })

  it('names files and folders that exist', () => {
    const paths = [
      ...text.matchAll(/(?<![\w./-])(?:src|test|scripts|bench|docs|providers)\/[\w./-]*\w/g),
    ].map(([path]) => path)
    expect(paths.length).toBeGreaterThan(30)
    const missing = paths.filter(path =>
      [path, `${path}.test.ts`].every(file => !existsSync(join(ROOT, file))),
    )
    expect(missing).toEqual([])
  })
})

/** The anchor that GitHub gives a heading; nothing for another line. */
function slug(line: string): string | undefined {
  const [, heading] = /^#+ (.*)$/.exec(line) ?? []
  return heading
    ?.toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
