import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { notesOf } from '../../scripts/release-notes.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  version: string
  engines: { node: string }
  scripts: Record<string, string>
  devDependencies: Record<string, string>
}

interface Step {
  readonly uses?: string
  readonly run?: string
}
interface Job {
  readonly permissions?: Record<string, string>
  readonly environment?: string
  readonly needs?: string
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } }
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly permissions: Record<string, string>
  readonly jobs: Record<string, Job>
}

const FOLDER = '.github/workflows'
const workflows = readdirSync(join(root, FOLDER)).map(
  name => [name, parse(read(`${FOLDER}/${name}`)) as Workflow] as const,
)
const workflow = (name: string): Workflow => workflows.find(([file]) => file === name)![1]
const commands = ({ jobs }: Workflow): string[] =>
  Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => (run === undefined ? [] : [run])))

describe.each(workflows)('%s', (_, each) => {
  test('runs only scripts that there are', () => {
    const named = commands(each).flatMap(run =>
      [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!),
    )
    expect(named.filter(name => manifest.scripts[name] === undefined)).toEqual([])
    const files = commands(each).flatMap(run => run.match(/scripts\/[\w.-]+/g) ?? [])
    for (const file of files) expect(read(file)).not.toBe('')
  })

  test('may only read, but for the job that publishes', () => {
    expect(each.permissions).toEqual({ contents: 'read' })
    const more = Object.entries(each.jobs).filter(([, { permissions }]) => permissions !== undefined)
    expect(more.map(([name]) => name)).toEqual(each === workflow('release.yml') ? ['publish'] : [])
  })

  test('puts nothing that others can name into a command', () => {
    expect(commands(each).filter(run => run.includes('${{'))).toEqual([])
  })
})

test('pushes and pull requests are linted, tested on every version of Node that is supported, and seen in a browser', () => {
  const { jobs } = workflow('ci.yml')
  expect(jobs['test']?.strategy?.matrix.node).toEqual([20, 22, 24])
  expect(manifest.engines.node).toMatch(/^>=20\./)
  const runs = commands(workflow('ci.yml')).join('\n')
  for (const run of ['npm run check', 'npx vitest run', 'npm run test:browser']) expect(runs).toContain(run)
})

test('statements are generated every night', () => {
  expect(commands(workflow('nightly.yml'))).toContain('npm run test:fuzz')
})

test('a release is tested before it is published, with provenance', () => {
  const { test: tested, publish } = workflow('release.yml').jobs
  expect(tested?.steps.map(({ run }) => run)).toEqual(
    expect.arrayContaining([
      'npm test',
      'npm run test:browser',
      'node scripts/release-notes.mjs "$GITHUB_REF_NAME"',
    ]),
  )
  expect(publish).toMatchObject({
    needs: 'test',
    environment: 'npm',
    permissions: { contents: 'write', 'id-token': 'write' },
  })
  expect(publish?.steps.map(({ run }) => run)).toContain('npm publish --provenance --access public')
})

test('updates are asked for of packages that are used', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; groups?: Record<string, { patterns: string[] }> }[]
  }
  expect(updates.map(one => one['package-ecosystem'])).toEqual(['npm', 'github-actions'])
  const grouped = updates.flatMap(({ groups }) =>
    Object.values(groups ?? {}).flatMap(({ patterns }) => patterns),
  )
  const used = Object.keys(manifest.devDependencies)
  for (const pattern of grouped)
    expect(used.some(name => name === pattern || name.startsWith(pattern.replace(/\*$/, '') || '-'))).toBe(
      true,
    )
})

describe('the notes of a release', () => {
  const REPOSITORY = 'https://github.com/o/r'
  const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.0] - 2027-01-05

### Added

- Something ([queries](docs/queries.md#times), [a guide](https://example.com/a.md), [security](SECURITY.md),
  [above](#added)).

## [1.1.0] - 2026-12-01

- Older.
`

  test('are what the changelog says of its version', () => {
    expect(notesOf('v1.2.0', '1.2.0', CHANGELOG, REPOSITORY)).toMatch(/^### Added\n\n- Something .*\)\.\n$/s)
    expect(notesOf('v1.1.0', '1.1.0', CHANGELOG, REPOSITORY)).toBe('- Older.\n')
  })

  const linksIn = (text: string): string[] => [...text.matchAll(/\]\(([^)]*)/g)].map(([, link]) => link!)

  test('have links to the files of the tag', () => {
    expect(linksIn(notesOf('v1.2.0', '1.2.0', CHANGELOG, REPOSITORY))).toEqual([
      'https://github.com/o/r/blob/v1.2.0/docs/queries.md#times',
      'https://example.com/a.md',
      'https://github.com/o/r/blob/v1.2.0/SECURITY.md',
      '#added',
    ])
  })

  test('of this version have only absolute links', () => {
    const today = read('CHANGELOG.md').replace('## [Unreleased]', '## [9.9.9] - 2027-01-05')
    const links = linksIn(notesOf('v9.9.9', '9.9.9', today, REPOSITORY))
    expect(links.length).toBeGreaterThan(10)
    for (const link of links) expect(link).toMatch(/^https:\/\//)
  })

  test.each([
    [{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r' }, /the tag is v0\.0\.0, but/],
    [{}, /links need GITHUB_SERVER_URL and GITHUB_REPOSITORY/],
  ])('are made where the workflow says which repository it is: %j', (env, message) => {
    const script = fileURLToPath(new URL('../../scripts/release-notes.mjs', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'v0.0.0'], {
      env,
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test.each([
    ['v1.2.0', '1.3.0', 'the tag is v1.2.0, but package.json has version 1.3.0'],
    ['1.2.0', '1.2.0', 'the tag is 1.2.0, but package.json has version 1.2.0'],
    ['v1.3.0', '1.3.0', 'CHANGELOG.md has no section "## [1.3.0] - YYYY-MM-DD"'],
  ])('are refused for the tag %s of version %s', (tag, version, message) => {
    expect(() => notesOf(tag, version, CHANGELOG, REPOSITORY)).toThrow(message)
  })

  test('are refused where there are none', () => {
    expect(() =>
      notesOf('v1.0.0', '1.0.0', '## [1.0.0] - 2026-01-01\n\n## [0.9.0] - 2025-01-01\n\n- x\n', REPOSITORY),
    ).toThrow('CHANGELOG.md says nothing of version 1.0.0')
  })
})

test('the changelog has the form that release notes are taken from', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!)
  expect(headings[0]).toBe('[Unreleased]')
  expect(headings.slice(1).filter(heading => !/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/.test(heading))).toEqual(
    [],
  )
  const kinds = [...read('CHANGELOG.md').matchAll(/^### (.*)$/gm)].map(([, kind]) => kind!)
  expect(kinds).not.toEqual([])
  expect(
    kinds.filter(kind => !['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(kind)),
  ).toEqual([])
})
