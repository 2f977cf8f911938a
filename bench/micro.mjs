// Cases inside one process: loading pages into SQLite, and planning. Run by run.mjs as a child; prints JSON.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { at, median } from './tools.mjs'

/** The engine's loader is not exported by the library, so it is bundled separately. */
async function internals() {
  const dir = at('node_modules/.cache/confluentql/bench')
  mkdirSync(dir, { recursive: true })
  const bundle = await rolldown({
    input: {
      load: at('src/engine/pages/load.ts'),
      store: at('src/engine/store/store.ts'),
      catalog: at('src/catalog/sources/load.ts'),
    },
    platform: 'node',
    external: ['better-sqlite3'],
    logLevel: 'silent',
  })
  await bundle.write({ dir, format: 'esm' })
  const from = name => import(pathToFileURL(join(dir, `${name}.js`)))
  return { ...(await from('load')), ...(await from('store')), ...(await from('catalog')) }
}

/** Milliseconds for 200 pages of 100 rows: JSON.parse of their text, and into SQLite with all columns and with three. */
async function load(rounds) {
  const { Loader, Store, loadCatalog } = await internals()
  const resource = loadCatalog(at('dist/providers')).resource('confluent', 'iam', 'invitations')
  const method = resource.methods.find(m => m.name === 'list_iam_v2invitations')
  const { pageText } = await import('./pages.mjs')
  const pages = Array.from({ length: 200 }, (_, i) => pageText(i * 100, 100, 1e9))
  const parse = () => {
    for (const text of pages) JSON.parse(text)
  }
  const into = columns => {
    const store = new Store()
    store.create({
      name: 'bench',
      columns: columns.map(name => ({ name, shape: resource.columns.find(c => c.name === name) })),
    })
    const loader = new Loader(store, resource, method, 'bench', columns)
    for (const text of pages) {
      const page = { text, status: 200, request: 'GET bench', bytes: text.length }
      loader.extract(text, method.paging.next)
      loader.load(page, {})
    }
    store.close()
  }
  const all = resource.columns.map(c => c.name)
  const found = { parse: [], all: [], three: [] }
  for (let i = 0; i <= rounds; i++) {
    for (const [name, task] of [
      ['parse', parse],
      ['all', () => into(all)],
      ['three', () => into(['id', 'email', 'status'])],
    ]) {
      const started = performance.now()
      task()
      if (i > 0) found[name].push(performance.now() - started)
    }
  }
  return Object.fromEntries(Object.entries(found).map(([k, v]) => [k, median(v)]))
}

const JOIN = `SELECT e.display_name, c.spec.display_name, u.email, count(*) FROM confluent.org.environments e
  JOIN confluent.managed_kafka_clusters.clusters c ON c.environment = e.id
  JOIN confluent.iam.api_keys k ON k.spec.resource.id = c.id JOIN confluent.iam.users u ON u.id = k.spec.owner.id
  WHERE e.display_name LIKE 'prod%' AND c.spec.cloud = 'AWS' GROUP BY 1, 2, 3 ORDER BY 4 DESC`

/** Milliseconds to plan a statement that the session has planned before: the first time compiles code. */
async function plan(times) {
  // planning is short, and V8 still optimizes its code in the first rounds
  const rounds = times * 3
  const { Session } = await import(pathToFileURL(at('dist/index.js')))
  const statements = {
    join: JOIN,
    in: `SELECT id FROM confluent.iam.users WHERE id IN (${Array.from({ length: 1000 }, (_, i) => `'u-${i}'`).join(', ')})`,
    insert: `INSERT INTO confluent.iam.invitations (email) VALUES ${Array.from({ length: 10_000 }, (_, i) => `('p${i}@example.com')`).join(', ')}`,
  }
  const found = {}
  for (const [name, sql] of Object.entries(statements)) {
    const session = new Session()
    const values = []
    for (let i = 0; i <= rounds; i++) {
      const started = performance.now()
      await session.plan(sql)
      if (i > 0) values.push(performance.now() - started)
    }
    await session.close()
    found[name] = median(values)
  }
  return found
}

const [what, times] = process.argv.slice(2)
const CASES = { load, plan }
process.stdout.write(JSON.stringify(await CASES[what](Number(times))))
