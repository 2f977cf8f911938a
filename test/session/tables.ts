import Database from 'better-sqlite3'
import type { Catalog, Column } from '../../src/catalog/types.ts'
import type { Ask } from '../sandbox/support.ts'
import { ORG } from './support.ts'

type Doc = Record<string, unknown>

/** Scopes of role bindings; a request for each gives its rows, with the scope in the column `scope`. */
const SCOPES = [
  ORG,
  `${ORG}/*`,
  `${ORG}/environment=env-p7r2k1`,
  `${ORG}/environment=env-p7r2k1/*`,
  `${ORG}/environment=env-none/*`,
]

/**
 * Every row of the iam service, asked for page by page without any of the
 * program's own code, as tables of plain SQLite named as the resources are:
 * objects and arrays as JSON text, booleans as 1 and 0.
 */
export async function fullTables(ask: Ask, catalog: Catalog): Promise<Database.Database> {
  const db = new Database(':memory:')
  const load = (name: string, docs: readonly Doc[]): void => {
    const { columns } = catalog.resource('confluent', 'iam', name)!
    db.exec(`CREATE TABLE IF NOT EXISTS "${name}" (${columns.map(c => `"${c.name}" TEXT`).join(', ')})`)
    const insert = db.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`)
    for (const doc of docs) insert.run(columns.map((c: Column) => plain(doc[c.name])))
  }
  const list = async (path: string): Promise<Doc[]> => everyPage(ask, path)
  for (const [name, path] of Object.entries({
    users: 'users',
    invitations: 'invitations',
    service_accounts: 'service-accounts',
    api_keys: 'api-keys',
    ip_groups: 'ip-groups',
    ip_filters: 'ip-filters',
    identity_providers: 'identity-providers',
    group_mappings: 'sso/group-mappings',
    certificate_authorities: 'certificate-authorities',
  }))
    load(name, await list(`/iam/v2/${path}`))
  for (const scope of SCOPES) {
    const docs = await list(`/iam/v2/role-bindings?crn_pattern=${encodeURIComponent(scope)}`)
    load(
      'role_bindings',
      docs.map(d => ({ ...d, scope })),
    )
  }
  for (const { id } of db.prepare('SELECT id FROM identity_providers').all() as { id: string }[]) {
    load(
      'identity_pools',
      (await list(`/iam/v2/identity-providers/${id}/identity-pools`)).map(d => ({ ...d, provider_id: id })),
    )
  }
  for (const { id } of db.prepare('SELECT id FROM certificate_authorities').all() as { id: string }[]) {
    const docs = await list(`/iam/v2/certificate-authorities/${id}/identity-pools`)
    load(
      'certificate_identity_pools',
      docs.map(d => ({ ...d, certificate_authority_id: id })),
    )
  }
  const summary = await ask(`GET /iam/v2/ip-filter-summary?scope=${encodeURIComponent(ORG)}`)
  load('ip_filter_summaries', [{ ...summary.body, scope: ORG }])
  return db
}

async function everyPage(ask: Ask, path: string): Promise<Doc[]> {
  const docs: Doc[] = []
  const glue = path.includes('?') ? '&' : '?'
  for (let token: string | null = ''; token !== null;) {
    const answer = await ask(
      `GET ${path}${glue}page_size=100${token === '' ? '' : `&page_token=${encodeURIComponent(token)}`}`,
    )
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status}`)
    docs.push(...(answer.body.data as Doc[]))
    const next = answer.body.metadata?.next as string | null | undefined
    token = next ? new URL(next).searchParams.get('page_token') : null
  }
  return docs
}

function plain(value: unknown): string | number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'object') return JSON.stringify(value)
  return value as string | number
}

const PATH = /'(?:[^']|'')*'|\b(?:(\w+)\.)?(user|creator|metadata|spec)\.([a-z_]+)(?:\.([a-z_]+))?\b/g

/**
 * The same question for the plain tables: `confluent.iam.users` is `users`, and a
 * path into an object column such as `i.user.id` is `(i.user ->> '$.id')`.
 */
export function forPlainTables(sql: string): string {
  return sql
    .replaceAll(/confluent\s*\.\s*iam\s*\.\s*/gi, '')
    .replaceAll(PATH, (all, table?: string, column?: string, first?: string, second?: string) => {
      if (column === undefined) return all
      return `(${table === undefined ? '' : `${table}.`}${column} ->> '$.${first}${second === undefined ? '' : `.${second}`}')`
    })
}
