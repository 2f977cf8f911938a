import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { readExamples } from '../../src/catalog/search/examples.ts'
import { matchesOf } from '../../src/catalog/search/matches.ts'
import { Session } from '../../src/engine/session.ts'
import { compiledCatalog } from '../catalog/compiled.ts'
import { rowsOf } from '../plan/nested-provider.ts'

const catalog = compiledCatalog()
const session = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
afterAll(() => session.close())
const services = catalog.providers().flatMap(p => p.services.map(s => [p.name, s.name] as const))

describe('SHOW and DESCRIBE reach everything', () => {
  test('providers and services', async () => {
    expect((await rowsOf(session, 'SHOW PROVIDERS')).map(r => r[0])).toEqual(['confluent', 'kafka'])
    expect(await rowsOf(session, "SHOW SERVICES IN confluent LIKE 'i%'")).toEqual([
      ['iam', 'iam', 'Identity and access'],
    ])
    expect(await rowsOf(session, 'SHOW EXTENDED SERVICES IN kafka')).toHaveLength(
      catalog.provider('kafka')!.services.length,
    )
  })

  test('views right below a provider', async () => {
    const own = await rowsOf(session, 'SHOW RESOURCES IN confluent')
    expect(own).toEqual(
      expect.arrayContaining([
        ['clusters', 'confluent.clusters', expect.stringMatching(/^view: ./)],
        ['costs', 'confluent.costs', expect.stringMatching(/^view: ./)],
      ]),
    )
    expect(await rowsOf(session, "SHOW EXTENDED RESOURCES IN confluent LIKE 'clusters'")).toEqual([
      ['clusters', 'confluent.clusters', expect.stringMatching(/^view: ./)],
    ])
    const other = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
    expect((await rowsOf(other, 'USE confluent; SHOW RESOURCES IN iam')).map(r => r[1])).toContain(
      'confluent.iam.users',
    )
    await other.close()
  })

  test('tables by a text in their names, summaries or columns, with their summaries', async () => {
    const names = async (like: string): Promise<unknown[]> =>
      (await rowsOf(session, `SHOW TABLES LIKE '${like}'`)).map(([name]) => name)
    expect(await rowsOf(session, "SHOW TABLES LIKE '%billing.cost%'")).toEqual([
      ['confluent.billing.costs', 'resource', expect.stringContaining('Costs')],
    ])
    // by a column, and by a word of the summary
    expect(await names('%replication_factor%')).toContain('kafka.kafka.topics')
    expect(await names('%retention.ms%')).toEqual(['confluent.kafka_topic_configs'])
    expect(await names('no such text%')).toEqual([])
  })

  test('tables of the provider of USE, with those of the session', async () => {
    const own = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
    onTestFinished(() => own.close())
    await rowsOf(own, 'CREATE TABLE mine (id TEXT); CREATE VIEW my_view AS SELECT id FROM mine')
    const names = async (sql: string): Promise<string[]> =>
      (await rowsOf(own, sql)).map(([name]) => String(name))
    const all = await names('SHOW TABLES')
    expect(await names('USE kafka; SHOW TABLES')).toEqual([
      ...all.filter(name => name.startsWith('kafka.')),
      'mine',
      'my_view',
    ])
    expect(await names("SHOW TABLES LIKE '%'")).toEqual(all)
  })

  test('tables, columns and methods by words', async () => {
    const found = (await rowsOf(session, "SHOW MATCHES LIKE 'restart connectors'")) as [
      string,
      string,
      string,
    ][]
    expect(found.filter(([kind]) => kind === 'method').map(([, name]) => name)).toContain(
      'confluent.connect.connectors.restart_connectv1connector',
    )
    const keys = (await rowsOf(session, "SHOW MATCHES LIKE 'old api keys'")) as [string, string, string][]
    expect(
      keys
        .slice(0, 2)
        .map(([, name]) => name)
        .toSorted(),
    ).toEqual(['confluent.iam.api_keys', 'confluent.iam.api_keys_with_owners'])
    const columns = (await rowsOf(session, "SHOW MATCHES LIKE 'deletion protection'")) as [
      string,
      string,
      string,
    ][]
    expect(columns.map(([kind, name]) => `${kind} ${name}`)).toContain(
      'column confluent.managed_kafka_clusters.clusters.spec.deletion_protection',
    )
    expect(await rowsOf(session, "SHOW MATCHES LIKE 'xyzzyx'")).toEqual([])
    const scripts = readExamples(fileURLToPath(new URL('../../examples', import.meta.url)))
    const examples = matchesOf(compiledCatalog(), 'wildcard acls', scripts).filter(m => m.kind === 'example')
    expect(examples.map(({ name }) => basename(name))).toEqual(['16-wildcard-acls.sql'])
    await expect(rowsOf(session, 'SHOW MATCHES')).rejects.toThrow('SHOW MATCHES needs words')
  })

  test('columns of every view by the words of their descriptions', async () => {
    const all: { readonly name: string; readonly about: string }[] = []
    for (const view of compiledCatalog()
      .providers()
      .flatMap(({ views }) => views ?? []))
      for (const [column, , about] of await rowsOf(session, `DESCRIBE ${view.name}`))
        all.push({ name: `${view.name}.${String(column)}`, about: String(about ?? '') })
    const rare = all.filter(
      one => one.about.length > 20 && all.filter(o => o.about === one.about).length === 1,
    )
    // of each view the longest, which hardly anything else has
    const byLength = rare.toSorted((a, b) => a.about.length - b.about.length)
    const byView = new Map(byLength.map(one => [one.name.slice(0, one.name.lastIndexOf('.')), one]))
    expect(byView.size).toBeGreaterThan(10)
    for (const { name, about } of byView.values()) {
      const words = `${name.slice(name.lastIndexOf('.') + 1)} ${about}`.replaceAll("'", "''")
      const found = await rowsOf(session, `SHOW MATCHES LIKE '${words}'`)
      expect(found.map(([, of]) => of)).toContain(name)
    }
  })

  test.each([
    ['cost', 'confluent.costs', 'confluent.billing.costs'],
    ['key', 'confluent.iam.api_keys_with_owners', 'confluent.iam.api_keys'],
    ['acl', 'confluent.kafka_acls', 'kafka.kafka.acls'],
    ['topic', 'confluent.kafka_topics'],
    ['lag', 'confluent.kafka_consumer_lag'],
    ['connector', 'confluent.connectors', 'confluent.connector_tasks', 'confluent.connect.connectors'],
    ['who', 'confluent.iam.role_bindings', 'confluent.iam.access'],
    ['expire', 'confluent.iam.certificate_expiry', 'confluent.iam.pending_invitations'],
    ['throughput', 'confluent.topic_throughput'],
    ['invoice', 'confluent.costs', 'confluent.billing.costs'],
    ['user', 'confluent.iam.users'],
    ['role', 'confluent.iam.all_role_bindings', 'confluent.iam.role_bindings_with_names'],
    ['schema', 'confluent.schemas'],
    ['network', 'confluent.networking.networks'],
    ['retention', 'confluent.topic_retention', 'confluent.kafka_topic_configs'],
  ])('of the tables with one word the most telling come first: %s', async (word, ...first) => {
    const found = await rowsOf(session, `SHOW MATCHES LIKE '${word}'`)
    expect(found.slice(0, first.length).map(([, name]) => name)).toEqual(first)
  })

  test('SHOW MATCHES finds columns of views, those with the word in their names first', async () => {
    const found = await rowsOf(session, "SHOW MATCHES LIKE 'scope kind'")
    expect(found.filter(([kind]) => kind === 'column')).toContainEqual([
      'column',
      'confluent.iam.access.scope_kind',
      expect.stringMatching(/^What the role is held on/),
    ])
    const best = (await rowsOf(session, "SHOW MATCHES LIKE 'lag'")).find(([kind]) => kind === 'column')
    expect(best![1]).toBe('confluent.kafka_consumer_lag_by_topic.lag')
  })

  test('DESCRIBE EXTENDED has the types of fields, the values of columns of views, and the SQL of a view', async () => {
    const of = async (name: string): Promise<Map<unknown, unknown[]>> =>
      new Map((await rowsOf(session, `DESCRIBE EXTENDED ${name}`)).map(row => [row[0], row.slice(1)]))
    expect((await of('confluent.iam.api_keys')).get('spec')![3]).toMatch(
      /(?:^|, )display_name string, .*owner\.id string, /,
    )
    const view = await of('confluent.clusters')
    expect(view.get('availability')![2]).toContain('MULTI_ZONE')
    expect(view.get('# SQL')![1]).toMatch(/^SELECT /)
    const sqlOf = (rows: readonly (readonly unknown[])[]): string =>
      rows
        .slice(rows.findIndex(row => row[0] === '# SQL'))
        .map(row => row[2])
        .join(' ')
    const long = `SELECT id AS "one", email AS "two", 'a, b, c' AS "a name that is rather long", status, 'and, a, text' AS "the end"`
    await rowsOf(session, `CREATE VIEW lengthy AS ${long} FROM confluent.iam.invitations`)
    const shown = await rowsOf(session, 'DESCRIBE EXTENDED lengthy')
    expect(sqlOf(shown).replaceAll(/ +/g, ' ')).toBe(`${long} FROM confluent.iam.invitations`)
    expect(shown.filter(row => String(row[2]).length > 80)).toEqual([])
    await rowsOf(session, 'CREATE VIEW mine AS SELECT creator FROM confluent.iam.invitations')
    const mine = await of('mine')
    expect([mine.get('creator')![3], mine.get('# SQL')![1]]).toEqual([
      expect.stringContaining('id string'),
      'SELECT creator FROM confluent.iam.invitations',
    ])
    expect((await of('confluent.iam.users')).has('# SQL')).toBe(false)
    expect((await rowsOf(session, 'SHOW EXTENDED COLUMNS IN mine')).map(row => row[0])).toEqual(['creator'])
  })

  test('a name that is a parameter and a field stands once', async () => {
    const [row] = await rowsOf(session, 'SHOW INSERT INTO confluent.flink_artifacts.flink_artifacts')
    const names = /\(([^)]*)\) VALUES/.exec(String(row![0]))![1]!.split(', ')
    expect(names).toContain('cloud')
    expect(new Set(names).size).toBe(names.length)
    for (const methods of await rowsOf(
      session,
      'SHOW METHODS IN confluent.flink_artifacts.flink_artifacts',
    )) {
      const all = [methods[1], methods[3]].flatMap(text => String(text).split(', ')).filter(n => n !== '')
      expect(new Set(all).size).toBe(all.length)
    }
  })

  test('SHOW INSERT /*+ REQUIRED */ lists all columns if none is required', async () => {
    expect(await rowsOf(session, 'SHOW INSERT /*+ REQUIRED */ INTO confluent.iam.invitations')).toEqual([
      ['INSERT INTO confluent.iam.invitations (email) VALUES (:email) RETURNING *;'],
    ])
    const [[template]] = (await rowsOf(
      session,
      'SHOW INSERT /*+ REQUIRED */ INTO confluent.managed_kafka_clusters.clusters',
    )) as [[string]]
    expect(template).toMatch(/^INSERT INTO \S+ \(spec\.display_name, .*\) VALUES \(:spec_display_name, /)
  })

  test('WHERE of SHOW can name every column that EXTENDED has', async () => {
    const titled = await rowsOf(session, "SHOW SERVICES IN confluent WHERE title LIKE '%connect%'")
    expect(titled.map(r => r[0])).toEqual(['ccpm', 'connect', 'connect_artifacts'])
    expect(
      (
        await rowsOf(session, "SHOW RESOURCES IN confluent.iam WHERE name = 'users' OR id REGEXP 'pools$'")
      ).map(row => row.slice(0, 2)),
    ).toEqual([
      ['certificate_identity_pools', 'confluent.iam.certificate_identity_pools'],
      ['identity_pools', 'confluent.iam.identity_pools'],
      ['users', 'confluent.iam.users'],
    ])
    const methods = 'SHOW METHODS IN confluent.iam.invitations'
    const all = await rowsOf(session, methods)
    expect(await rowsOf(session, `${methods} WHERE SQLVerb = 'SELECT'`)).toEqual(
      all.filter(r => r[2] === 'SELECT'),
    )
    expect(await rowsOf(session, `${methods} LIKE 'list%' WHERE SQLVerb = 'SELECT'`)).toHaveLength(1)
    expect(await rowsOf(session, `${methods} WHERE description LIKE 'GET %'`)).toEqual(
      all.filter(r => r[2] === 'SELECT'),
    )
    expect(await rowsOf(session, `${methods} LIKE 'x' WHERE true`)).toEqual([])
    expect(await rowsOf(session, "SHOW COLUMNS IN confluent.clusters WHERE name = 'id'")).toEqual([
      ['id', 'string', 'Id, lkc-…'],
    ])
    expect(await rowsOf(session, "SHOW PROVIDERS WHERE name <> 'kafka'")).toHaveLength(1)
  })

  test.each<readonly [sql: string, code: string, message: string, hint: string | undefined]>([
    [
      "SHOW METHODS IN confluent.iam.users WHERE «verb» = 'SELECT'",
      'UNKNOWN_NAME',
      'no column "verb" in SHOW',
      'columns: MethodName, RequiredParams, SQLVerb, OptionalParams, stage, description',
    ],
    [
      'SHOW RESOURCES IN confluent.iam WHERE «name IN (SELECT id FROM confluent.iam.users)»',
      'UNSUPPORTED',
      'WHERE of SHOW cannot read tables',
      'SELECT from information_schema.tables and .columns can join them',
    ],
    ['SHOW TABLES «WHERE»', 'SYNTAX', 'nothing follows WHERE', undefined],
    ['SHOW TRANSACTION «LEVEL»', 'SYNTAX', 'expected ISOLATION, found "LEVEL"', undefined],
    [
      'SHOW INSERT INTO confluent.iam.service_accounts (display_name, «descripton»)',
      'UNKNOWN_NAME',
      'INSERT has no column "descripton"; did you mean "description"?',
      'columns: display_name, assigned_resource_owner, description',
    ],
    [
      'REGISTRY LIST «okta»',
      'UNKNOWN_NAME',
      'no provider "okta"',
      'providers: confluent, kafka; confluentql provider add PATH, FILE.tgz or URL adds another',
    ],
    [
      'REGISTRY «PUSH» okta',
      'SYNTAX',
      'expected LIST or PULL, found "PUSH"',
      'SHOW PROVIDERS lists the providers',
    ],
  ])('%s is an error', async (marked, code, message, hint) => {
    const sql = marked.replace(/[«»]/g, '')
    const start = marked.indexOf('«')
    await expect(rowsOf(session, sql)).rejects.toMatchObject({
      code,
      message,
      ...(hint !== undefined && { hint: expect.stringContaining(hint) }),
      span: { start: message.startsWith('nothing') ? expect.any(Number) : start },
    })
  })

  test('SHOW INSERT of named columns can be pasted', async () => {
    expect(
      await rowsOf(session, 'SHOW INSERT INTO confluent.iam.service_accounts (Description, display_name)'),
    ).toEqual([
      [
        'INSERT INTO confluent.iam.service_accounts (description, display_name) VALUES (:description, :display_name) RETURNING *;',
      ],
    ])
  })

  test('SHOW VERSION, SHOW TRANSACTION ISOLATION LEVEL and REGISTRY, which programs for StackQL send', async () => {
    const notices: string[] = []
    const other = new Session({
      catalog,
      connect: () => Promise.reject(new Error('nothing may be sent')),
      version: () => '1.2.3',
      onNotice: text => notices.push(text),
    })
    expect(await rowsOf(other, 'SHOW VERSION')).toEqual([['1.2.3']])
    expect(await rowsOf(other, 'SHOW TRANSACTION ISOLATION LEVEL')).toEqual([['serializable']])
    const { version } = catalog.provider('confluent')!
    expect(await rowsOf(other, 'REGISTRY LIST')).toContainEqual(['confluent', version])
    expect(await rowsOf(other, 'REGISTRY LIST confluent')).toEqual([['confluent', version]])
    expect(notices).toEqual([])
    const script = "REGISTRY PULL confluent v00.00.00000; registry pull kafka 'v1'; SHOW VERSION"
    expect(await rowsOf(other, script)).toEqual([['1.2.3']])
    expect(notices).toEqual([
      `confluent is there, version ${version}: REGISTRY PULL has nothing to do`,
      `kafka is there, version ${catalog.provider('kafka')!.version}: REGISTRY PULL has nothing to do`,
    ])
    await other.close()
  })

  test.each(services)('%s.%s', async (provider, service) => {
    const resources = [...catalog.service(provider, service)!.values()]
    const listed = await rowsOf(session, `SHOW EXTENDED RESOURCES IN ${provider}.${service}`)
    expect(listed.map(r => r[1])).toEqual(
      expect.arrayContaining(resources.map(r => `${provider}.${service}.${r.name}`)),
    )
    for (const resource of resources) {
      const name = `${provider}.${service}.${resource.name}`
      const methods = await rowsOf(session, `SHOW EXTENDED METHODS IN ${name}`)
      expect(methods.map(m => m[0])).toEqual(resource.methods.map(m => m.name))
      expect(methods.map(m => m[4])).toEqual(resource.methods.map(m => m.stage ?? null))
      expect((await rowsOf(session, `DESCRIBE ${name}`)).map(r => r[0])).toEqual(
        resource.columns.map(c => c.name),
      )
      expect((await rowsOf(session, `DESCRIBE EXTENDED ${name}`)).every(r => r.length === 5)).toBe(true)
      for (const method of resource.methods) {
        const inputs = (await rowsOf(session, `DESCRIBE METHOD ${name}.${method.name}`))
          .filter(r => r[2] === 'input_required')
          .map(r => r[0])
        expect(inputs, method.name).toEqual([
          ...method.params.filter(p => p.required).map(p => p.name),
          ...(method.body?.fields ?? []).filter(f => f.required).map(f => f.path),
        ])
      }
    }
  })

  test('DESCRIBE of a view lists the columns of its query', async () => {
    for (const view of catalog.providers().flatMap(p => p.views ?? [])) {
      const columns = await rowsOf(session, `DESCRIBE ${view.name}`)
      expect(columns.length, view.name).toBeGreaterThan(0)
    }
  })

  test('DESCRIBE of a view has the types of its computed columns', async () => {
    const types: readonly (readonly [string, string | null])[] = [
      ['count(*)', 'integer'],
      ['CAST(julianday(k.metadata.created_at) AS INTEGER)', 'integer'],
      ['1 + 2.5', 'number'],
      ['1 / 2', 'integer'],
      ["k.id || '!'", 'string'],
      ['k.metadata.created_at', 'timestamp'],
      ['max(k.metadata.created_at)', 'timestamp'],
      ["k.id = 'a'", 'boolean'],
      ['NOT EXISTS (SELECT 1)', 'boolean'],
      ["coalesce(k.id, 'none')", 'string'],
      ['coalesce(1, 2.5, NULL)', 'number'],
      ['coalesce(k.id, 1)', null],
      ["CASE WHEN k.id = 'a' THEN 1 ELSE 'b' END", null],
      ['(SELECT count(*) FROM iam.users u)', 'integer'],
      ['(SELECT u.email FROM iam.users u UNION ALL SELECT 1)', null],
      ['sum(length(k.id))', 'integer'],
      ['json_array(1)', 'json'],
      ['row_number() OVER (ORDER BY k.id)', 'integer'],
    ]
    const columns = types.map(([expression], i) => `${expression} AS c${i}`).join(', ')
    const own = new Session({ catalog, connect: () => Promise.reject(new Error('nothing may be sent')) })
    await rowsOf(own, 'USE confluent')
    await rowsOf(own, `CREATE VIEW computed AS SELECT ${columns} FROM iam.api_keys k`)
    await rowsOf(own, 'CREATE VIEW around AS SELECT * FROM (SELECT * FROM computed)')
    for (const view of ['computed', 'around'])
      expect((await rowsOf(own, `DESCRIBE ${view}`)).map(row => row.slice(0, 2))).toEqual(
        types.map(([, type], i) => [`c${i}`, type]),
      )
    await own.close()
  })
})
