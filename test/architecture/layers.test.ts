import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PGLITE, PGLITE_VERSION } from '../../src/server/evaluate/package.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SRC = join(ROOT, 'src')

/** What each folder may import besides itself, src/errors.ts, src/clock.ts, src/folders.ts, src/packed.ts and src/secrets.ts. `types` marks a folder from which only types may be imported. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  sql: [],
  catalog: [],
  config: ['catalog'],
  http: ['catalog', 'config'],
  plan: ['sql', 'catalog'],
  engine: ['plan', 'http', 'catalog', 'sql'],
  render: ['types catalog'],
  sandbox: ['catalog'],
  stackql: ['catalog'],
  registry: ['catalog', 'http', 'stackql'],
  processes: [],
  server: ['catalog', 'plan', 'engine', 'processes', 'render', 'index.ts'],
  mcp: ['catalog', 'engine', 'plan', 'processes', 'render', 'sql', 'index.ts'],
  cli: [
    'sql',
    'catalog',
    'config',
    'http',
    'plan',
    'engine',
    'processes',
    'registry',
    'render',
    'mcp',
    'sandbox',
    'server',
    'stackql',
    'index.ts',
    'local-sandbox.ts',
    'sandbox-profile.ts',
    'providers.ts',
  ],
  'index.ts': [
    'catalog',
    'config',
    'http',
    'plan',
    'engine',
    'registry',
    'sql',
    'access.ts',
    'local-sandbox.ts',
    'sandbox-profile.ts',
    'providers.ts',
  ],
  'local-sandbox.ts': ['catalog', 'config', 'sandbox', 'providers.ts', 'sandbox-profile.ts'],
  'sandbox-profile.ts': ['config'],
  'access.ts': ['catalog', 'config', 'engine', 'http', 'providers.ts'],
  'providers.ts': ['catalog', 'registry'],
  'compiler.ts': ['catalog', 'stackql'],
  'errors.ts': [],
  'clock.ts': [],
  'folders.ts': [],
  'secrets.ts': [],
  'packed.ts': ['types catalog'],
}
/** The rooms of src/plan, each of which may import those before it; '' is the files beside them. */
const ROOMS = ['', 'translation', 'binding', 'predicates', 'access', 'secrets', 'refusals', 'statements']
/** The folders in a folder of src: the code of each imports only those before it, types of any, and files beside them. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  catalog: ['search', 'sources', 'compile'],
  sandbox: ['rows', 'requests', 'schemas', 'series'],
  http: ['cache', 'limits', 'paging', 'requests', 'answers', 'wire', 'auth'],
  engine: ['store', 'pages', 'calls', 'scans', 'query', 'writes', 'explain'],
}
const LONGEST_FILE = 300

interface Source {
  readonly path: string
  readonly text: string
}

function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(e => e.isFile() && ending.test(e.name))
    .map(e => relative(ROOT, join(e.parentPath, e.name)).split(sep).join('/'))
}

const sources: readonly Source[] = filesBelow(SRC, /\.ts$/).map(path => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}))

/** Comments blanked out, strings kept. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (_all, quoted?: string) => quoted ?? ' ',
  )
}

interface Import {
  readonly from: string
  readonly onlyTypes: boolean
}

/** The modules that a text imports, statically or dynamically. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const still = [
    ...code.matchAll(/^\s*(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s*['"]([^'"]+)['"]/gms),
  ].map(([, type, names = '', from = '']) => ({
    from,
    onlyTypes: type !== undefined || /^\{\s*type\s[^,]*(?:,\s*type\s[^,]*)*,?\s*\}$/.test(names),
  }))
  const bare = [...code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)].map(([, from = '']) => ({
    from,
    onlyTypes: false,
  }))
  const late = [...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)].map(([, from = '']) => ({
    from,
    onlyTypes: false,
  }))
  return [...still, ...bare, ...late]
}

/** The folder below src, or the file in it, that a path belongs to. */
const layerOf = (path: string): string => path.split('/')[1]!

/** Imports of a file that its layer does not allow. */
function wrongImports({ path, text }: Source): string[] {
  const layer = layerOf(path)
  const allowed = LAYERS[layer]
  if (!allowed) return [`${path}: the folder src/${layer} is in no layer`]
  return importsOf(text)
    .filter(i => i.from.startsWith('.'))
    .flatMap(({ from, onlyTypes }) => {
      const target = join(dirname(path), from).split(sep).join('/')
      if (!target.startsWith('src/'))
        return target === 'providers/schema.json' && layer === 'catalog'
          ? []
          : [`${path} imports ${target}, outside src`]
      const to = layerOf(target)
      if (
        to === layer
        || to === 'errors.ts'
        || to === 'clock.ts'
        || to === 'folders.ts'
        || to === 'packed.ts'
        || to === 'secrets.ts'
        || allowed.includes(to)
        || (onlyTypes && allowed.includes(`types ${to}`))
      )
        return []
      return [`${path} imports ${onlyTypes ? 'types of ' : ''}${target}`]
    })
}

/** Files in import cycles, including imports of types. */
function circles(files: readonly Source[]): string[] {
  const imports = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text).map(i => join(dirname(path), i.from).split(sep).join('/')),
    ]),
  )
  const reached = (from: string): Set<string> => {
    const all = new Set<string>()
    const waiting = [...(imports.get(from) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (all.has(next)) continue
      all.add(next)
      waiting.push(...(imports.get(next) ?? []))
    }
    return all
  }
  return files.map(f => f.path).filter(path => reached(path).has(path))
}

const filesOf = (folder: string): Source[] => sources.filter(s => s.path.startsWith(`src/${folder}/`))

/** The folder in a folder of src that a path belongs to; '' for the files beside them. */
const roomOf = (path: string): string => (path.split('/').length > 3 ? path.split('/')[2]! : '')

/** The files of src/`folder` that a file imports; with `onlyCode` without those from which it takes only types. */
function targetsOf({ path, text }: Source, folder: string, onlyCode: boolean): string[] {
  return importsOf(text)
    .filter(i => i.from.startsWith('.') && !(onlyCode && i.onlyTypes))
    .map(i => join(dirname(path), i.from).split(sep).join('/'))
    .filter(target => target.startsWith(`src/${folder}/`))
}

/** The files of src/`folder` in import cycles of code. */
function codeCircles(folder: string): string[] {
  const targets = new Map(filesOf(folder).map(f => [f.path, targetsOf(f, folder, true)]))
  return [...targets.keys()].filter(path => {
    const reached = new Set(targets.get(path))
    for (const next of reached) for (const target of targets.get(next)!) reached.add(target)
    return reached.has(path)
  })
}

describe('layers', () => {
  it('each folder imports only what its layer may', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(wrongImports)).toEqual([])
  })

  it('the check sees every form of import', () => {
    const of = (path: string, text: string): string[] => wrongImports({ path, text })
    expect(of('src/sql/x.ts', "import { a } from '../catalog/types.ts'")).toHaveLength(1)
    expect(of('src/sql/x.ts', "import {\n  a,\n  b,\n} from '../plan/plan.ts'")).toHaveLength(1)
    expect(of('src/sql/x.ts', 'export type { A } from "../catalog/types.ts"')).toHaveLength(1)
    expect(of('src/http/x.ts', "const a = await import('../engine/store.ts')")).toHaveLength(1)
    expect(of('src/http/x.ts', "import '../cli/main.ts'")).toHaveLength(1)
    expect(of('src/render/x.ts', "import { a } from '../catalog/names.ts'")).toHaveLength(1)
    expect(of('src/render/x.ts', "import type { A } from '../catalog/types.ts'")).toEqual([])
    expect(of('src/plan/x.ts', "import { a } from '../../test/support.ts'")).toHaveLength(1)
    expect(
      of('src/plan/x.ts', "// import { a } from '../http/client.ts'\nimport { b } from '../sql/lexer.ts'"),
    ).toEqual([])
    expect(of('src/other/x.ts', '')).toHaveLength(1)
  })

  it('in src/cli, args does not import script or run, and script does not import run', () => {
    const reached = (folder: string): string[] => {
      const found = new Set(sources.filter(s => s.path.startsWith(`src/cli/${folder}/`)).map(s => s.path))
      for (const path of found) {
        const text = sources.find(s => s.path === path)?.text ?? ''
        for (const { from } of importsOf(text))
          if (from.startsWith('.')) found.add(join(dirname(path), from).split(sep).join('/'))
      }
      return [...found]
    }
    expect(reached('run')).toContain('src/cli/script/program.ts')
    expect(reached('args').filter(path => /^src\/cli\/(?:script|run)\//.test(path))).toEqual([])
    expect(reached('script').filter(path => path.startsWith('src/cli/run/'))).toEqual([])
  })

  it('the rooms of src/plan import in one direction, and its files have no import cycles', () => {
    const files = filesOf('plan')
    const up = files.flatMap(file =>
      targetsOf(file, 'plan', false)
        .filter(target => ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(file.path)))
        .map(target => `${file.path} imports ${target}`),
    )
    expect([...new Set(files.map(f => roomOf(f.path)))].filter(r => !ROOMS.includes(r))).toEqual([])
    expect(up).toEqual([])
    expect(codeCircles('plan')).toEqual([])
  })

  it.each(Object.keys(PARTS))(
    'the folders of src/%s import code in one direction, without cycles',
    folder => {
      const parts = PARTS[folder]!
      const files = filesOf(folder)
      const up = files.flatMap(file =>
        targetsOf(file, folder, true)
          .filter(
            target =>
              roomOf(file.path) !== '' && parts.indexOf(roomOf(target)) > parts.indexOf(roomOf(file.path)),
          )
          .map(target => `${file.path} imports ${target}`),
      )
      expect([...new Set(files.map(f => roomOf(f.path)))].toSorted()).toEqual(['', ...parts].toSorted())
      expect(up).toEqual([])
      expect(codeCircles(folder)).toEqual([])
    },
  )

  it('the parts of src/cli have no import cycles', () => {
    const parts = ['repl', 'run', 'script'].map(part =>
      sources.filter(s => s.path.startsWith(`src/cli/${part}/`)),
    )
    expect(parts.every(files => files.length > 3)).toBe(true)
    expect(parts.flatMap(circles)).toEqual([])
  })

  it('the check finds an import cycle', () => {
    const file = (path: string, from: string): Source => ({
      path,
      text: `import type { A } from './${from}.ts'`,
    })
    expect(
      circles([file('x/a.ts', 'b'), file('x/b.ts', 'c'), file('x/c.ts', 'a'), file('x/d.ts', 'a')]),
    ).toEqual(['x/a.ts', 'x/b.ts', 'x/c.ts'])
  })

  it('planning is pure: no await, clock, environment, file or network', () => {
    const impure = /\bawait\b|\basync\b|\bDate\b|\bperformance\b|\bprocess\b|\bfetch\b|['"]node:|Math\.random/
    const found = sources
      .filter(s => /^src\/(?:plan|sql)\//.test(s.path) && s.path !== 'src/sql/parser.ts')
      .flatMap(({ path, text }) =>
        withoutComments(text)
          .split('\n')
          .filter(l =>
            impure.test(
              l.replaceAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, q =>
                q.startsWith("'node:") ? q : "''",
              ),
            ),
          )
          .map(l => `${path}: ${l.trim()}`),
      )
    expect(found).toEqual([])
  })

  it('only src/cli writes to the streams of the process, or ends it', () => {
    const found = sources
      .filter(s => !s.path.startsWith('src/cli/'))
      .flatMap(({ path, text }) =>
        /\bconsole\.|process\.(?:std|exit)/.test(withoutComments(text)) ? [path] : [],
      )
    expect(found).toEqual([])
  })
})

/** Names of providers, services and resources that code must not contain, except ordinary words of SQL or HTTP. */
function providerNames(): ReadonlySet<string> {
  const plain = new Set([
    'sql',
    'catalog',
    'tables',
    'views',
    'functions',
    'statements',
    'results',
    'exceptions',
    'topics',
    'records',
    'provider',
    'tokens',
    'resources',
    'services',
    'users',
    'statuses',
    'types',
    'entities',
    'tags',
    'config',
    'status',
    'modes',
    'references',
    'versions',
    'schemas',
    'costs',
    'access',
    'connections',
    'clusters',
    'endpoints',
    'keys',
    'members',
    'connect',
    'org',
    'sts',
  ])
  const names = new Set<string>()
  for (const file of filesBelow(join(ROOT, 'providers'), /\.yaml$/)) {
    const [, provider = '', name = ''] = file.split('/')
    names.add(provider)
    if (file.split('/').length > 3 || name === 'provider.yaml') continue
    names.add(name.replace('.yaml', ''))
    const text = readFileSync(join(ROOT, file), 'utf8')
    const [, resources = ''] = text.split(/^resources:\s*$/m)
    for (const [, resource] of resources.matchAll(/^ {2}(\w+):/gm)) names.add(resource!)
  }
  for (const word of plain) names.delete(word)
  return names
}

/** String literals of a text, without `${…}` expressions and imports. */
function strings(text: string): string[] {
  const code = withoutComments(text)
    .replaceAll(/^\s*(?:import|export)\b[^;'"]*from\s*['"][^'"]+['"]/gms, '')
    .replaceAll(/import\(\s*['"][^'"]+['"]\s*\)/g, '')
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, a, b, c]) => a ?? b ?? c ?? '',
  )
}

/** Names of `known` in the code of a file: a whole string, or a dotted part of one. Examples in messages may name the first table. */
function namesIn({ text }: Source, known: ReadonlySet<string>): string[] {
  return strings(text)
    .flatMap(s => s.replaceAll('confluentql', '').split(/[^\w]+/))
    .filter(word => known.has(word))
}

/** Messages with an example, and words with another meaning: the file, and the words in its text. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'src/sql/read-statement.ts': ['confluent', 'iam', 'role_bindings'],
  'src/plan/names.ts': ['confluent', 'iam'],
  // a key of profiles and of documents
  'src/config/parse-secret.ts': ['scopes'],
  'src/stackql/token-credentials.ts': ['scopes'],
  // methods of the protocol
  'src/mcp/server.ts': ['tools', 'notifications'],
}

describe('code contains no names of providers', () => {
  const known = providerNames()

  it('no string in src names a provider, a service or a resource', () => {
    expect(known.size).toBeGreaterThan(100)
    const found = sources
      .filter(s => !s.path.startsWith('src/cli/'))
      .flatMap(s =>
        namesIn(s, known)
          .filter(w => !EXAMPLES[s.path]?.includes(w))
          .map(w => `${s.path}: ${w}`),
      )
    expect(found).toEqual([])
  })

  it('the check finds such names', () => {
    const of = (text: string): string[] => namesIn({ path: 'x', text }, known)
    expect(of("if (name === 'confluent') x()")).toEqual(['confluent'])
    expect(of('const a = `${p}.iam.invitations`')).toEqual(['iam', 'invitations'])
    expect(of("// of confluent.iam\n/** confluent */ const a = 'confluentql'")).toEqual([])
    expect(of("import { a } from './iam.ts'")).toEqual([])
  })
})

it(`no file of src is longer than ${LONGEST_FILE} lines`, () => {
  expect(
    sources
      .map(s => ({ path: s.path, lines: s.text.split('\n').length - 1 }))
      .filter(f => f.lines > LONGEST_FILE),
  ).toEqual([])
})

it('only better-sqlite3 is installed with the package; all other libraries are bundled, except Postgres for serve', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(['better-sqlite3'])
  for (const kind of ['optionalDependencies', 'bundleDependencies']) expect(manifest[kind]).toBeUndefined()
  // Postgres for serve, at the version that is tested
  expect(manifest['peerDependencies']).toEqual({ [PGLITE]: PGLITE_VERSION })
  expect(manifest['peerDependenciesMeta']).toEqual({ [PGLITE]: { optional: true } })
  expect(manifest.devDependencies?.[PGLITE]).toBe(PGLITE_VERSION)
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})
