import { describe, expect, it } from 'vitest'
import { harness, ORG, rowsOf } from './support.ts'

const { open, requestsOf, sandbox } = harness()
const R = 'confluent.schema_registry'

/** Methods with their own column lists, in which data of the resource is an input column: several calls must keep the rows of each. */
describe('several calls of a method that has only some columns', () => {
  it('keep their rows in a join', async () => {
    const subjects = await rowsOf(open(), `SELECT subject FROM ${R}.subjects ORDER BY 1`)
    const joined = await rowsOf(
      open(),
      `SELECT DISTINCT v.subject FROM ${R}.subjects s JOIN ${R}.versions v ON v.subject = s.subject ORDER BY 1`,
    )
    expect(joined).toEqual(subjects)
    expect(joined.length).toBeGreaterThan(2)
  })

  it('keep their rows in a list', async () => {
    const one = async (id: number) =>
      await rowsOf(open(), `SELECT id, schema FROM ${R}.schemas WHERE id = ${id}`)
    const [[first], [second]] = (await rowsOf(
      open(),
      `SELECT DISTINCT id FROM ${R}.schemas ORDER BY 1 LIMIT 2`,
    )) as [number[], number[]]
    const both = await rowsOf(
      open(),
      `SELECT id, schema FROM ${R}.schemas WHERE id IN (${first}, ${second}) ORDER BY 1`,
    )
    expect(both).toEqual([...(await one(first!)), ...(await one(second!))])
    expect(both).toHaveLength(2)
  })
})

/** A column can be data for some methods of a resource, while another method only echoes it if it is given. */
describe('a column that one method only echoes', () => {
  const DEKS =
    "confluent.encryption_keys.dek_versions WHERE name = 'customer-data' AND subject = 'orders.events-value'"

  it('is read by another method', async () => {
    const [[id, subject]] = (await rowsOf(
      open(),
      `SELECT id, subject FROM ${R}.schemas WHERE version = 2`,
    )) as [[number, string]]
    expect(await rowsOf(open(), `SELECT subject FROM ${R}.schemas WHERE id = ${id}`)).toEqual([[subject]])
    expect(
      await requestsOf(() => rowsOf(open(), `SELECT schema FROM ${R}.schemas WHERE id = ${id}`)),
    ).toEqual([`GET /schemas/ids/${id}`])
  })

  it('is an error if no other method can be called, and has the given value if it is given', async () => {
    await expect(rowsOf(open(), `SELECT version, algorithm FROM ${DEKS}`)).rejects.toThrow(
      'dek_versions needs "version", or "algorithm"',
    )
    expect(await rowsOf(open(), `SELECT version, algorithm FROM ${DEKS} AND version = 2`)).toEqual([
      [2, 'AES256_GCM'],
    ])
    expect(
      await rowsOf(open(), `SELECT version, algorithm FROM ${DEKS} AND algorithm = 'AES256_GCM'`),
    ).toEqual([
      [1, 'AES256_GCM'],
      [2, 'AES256_GCM'],
    ])
  })

  it('is not named among the missing parameters', async () => {
    await expect(rowsOf(open(), `SELECT encryptedKeyMaterial FROM ${DEKS}`)).rejects.toThrow(
      /dek_versions needs "version"$/,
    )
  })
})

/** A parameter can have a column's name but select by an input column: `=` then means the parameter, unless the statement tests the input column itself. */
describe('a data column with the name of a parameter', () => {
  const ACLS = "kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND asked_principal = 'UserV2:*'"
  const TAGS =
    "confluent.catalog.tags WHERE ofType = 'kafka_topic' AND qualifiedName = 'lkc-7p2v9d:orders.events'"
  const ROLES = `confluent.iam.role_bindings WHERE scope = '${ORG}/*'`

  it.each([
    ['principal', ACLS, "principal = 'User:*'"],
    [
      'resource_name',
      `${ACLS} AND asked_resource_name = 'orders.events' AND asked_pattern_type = 'MATCH'`,
      "resource_name IN ('orders.')",
    ],
    ['crn_pattern', ROLES, `crn_pattern = '${ORG}'`],
    ['typeName', TAGS, "typeName = 'PII'"],
  ])('means %s of the answer in %s AND %s', async (column, from, condition) => {
    const all = await rowsOf(open(), `SELECT ${column} FROM ${from}`)
    const wanted = new Set([...condition.matchAll(/'([^']*)'/g)].map(([, text]) => text))
    const expected = all.filter(([value]) => wanted.has(value as string))
    expect(await rowsOf(open(), `SELECT ${column} FROM ${from} AND ${condition}`)).toEqual(expected)
    expect(expected).not.toEqual([])
  })

  const SCOPED = 'confluent.iam.role_bindings'
  const OWN = `crn_pattern = '${ORG}'`

  it.each([
    `NOT ${OWN}`,
    `${OWN} OR role_name = 'MetricsViewer'`,
    `principal IS NOT NULL AND (${OWN} OR role_name LIKE 'Metrics%')`,
    `(${OWN}) IS FALSE`,
    `(${OWN}) = FALSE`,
    `(${OWN} AND id IS NOT NULL) = FALSE`,
    `(crn_pattern IN ('${ORG}')) IN (FALSE)`,
    `CASE WHEN ${OWN} THEN 0 ELSE 1 END`,
    `coalesce(crn_pattern, '') = '${ORG}'`,
    `crn_pattern COLLATE NOCASE = '${ORG}'`,
  ])('is an error where the parameter cannot be sent: %s', async condition => {
    const sent = await requestsOf(async () => {
      await expect(rowsOf(open(), `SELECT id FROM ${SCOPED} WHERE ${condition}`)).rejects.toMatchObject({
        code: 'MISSING_PARAMETER',
        hint: "give it by itself: AND crn_pattern = '…'; for what the rows say write crn_pattern IS '…', or give scope too",
      })
    })
    expect(sent).toEqual([])
  })

  it.each([
    `${SCOPED} r WHERE EXISTS (SELECT 1 FROM confluent.org.environments e WHERE e.resource_name = r.crn_pattern)`,
    `${SCOPED} r WHERE NOT EXISTS (SELECT 1 FROM confluent.org.environments e WHERE e.resource_name = r.crn_pattern)`,
    `${SCOPED} r LEFT JOIN confluent.org.environments e ON e.resource_name = r.crn_pattern`,
    `${SCOPED} r LEFT JOIN confluent.org.environments e ON r.${OWN} AND e.id = 'env-p7r2k1'`,
  ])(
    'is an error where rows that do not meet the condition are kept, or it is in a subquery: %s',
    async from => {
      const sent = await requestsOf(async () => {
        await expect(rowsOf(open(), `SELECT r.id FROM ${from}`)).rejects.toMatchObject({
          code: 'MISSING_PARAMETER',
          message: expect.stringContaining(
            '"crn_pattern" of confluent.iam.role_bindings with = or IN selects by',
          ) as string,
        })
      })
      expect(sent).toEqual([])
    },
  )

  it.each([
    [`NOT crn_pattern IS '${ORG}'`, (own: boolean) => !own],
    [`crn_pattern NOT IN ('${ORG}')`, (own: boolean) => !own],
    [
      `crn_pattern IS '${ORG}' OR role_name = 'MetricsViewer'`,
      (own, role) => own || role === 'MetricsViewer',
    ],
  ] satisfies [string, (own: boolean, role: string) => boolean][])(
    'means the data with other operators: %s',
    async (condition, isMeant) => {
      const all = await rowsOf(open(), `SELECT id, crn_pattern, role_name FROM ${SCOPED}`)
      const expected = all.filter(([, pattern, role]) => isMeant(pattern === ORG, role as string))
      const rows = await rowsOf(open(), `SELECT id FROM ${SCOPED} WHERE ${condition}`)
      expect(rows.map(([id]) => id).sort()).toEqual(expected.map(([id]) => id).sort())
      expect(expected.length).toBeGreaterThan(0)
      expect(expected.length).toBeLessThan(all.length)
    },
  )

  it('is the parameter where every alternative gives it', async () => {
    const below = (environment: string): string => `${ORG}/environment=${environment}`
    const session = open()
    const [a, b] = [below('env-p7r2k1'), below('env-s4t9q6')]
    const both = `SELECT count(*) FROM ${SCOPED} WHERE scope IN ('${a}/*', '${b}/*')`
    const written = `SELECT count(*) FROM ${SCOPED} WHERE crn_pattern = '${a}/*' OR (crn_pattern = '${b}/*' AND id IS NOT NULL)`
    expect(await rowsOf(session, written)).toEqual(await rowsOf(open(), both))
    expect(await rowsOf(open(), both)).not.toEqual([[0]])
  })

  it('means the name of a tag, not the type of the entity that has it', async () => {
    const tags = (where: string) =>
      rowsOf(open(), `SELECT entityName FROM confluent.catalog.tags WHERE ${where} ORDER BY 1`)
    expect(await tags("typeName = 'Sensitive'")).toEqual(await tags("typeName LIKE 'Sensitive'"))
    expect(await tags("typeName = 'Sensitive'")).not.toEqual([])
  })

  it('means the data in a join', async () => {
    const sql = `SELECT count(DISTINCT s.id) FROM confluent.iam.service_accounts s JOIN kafka.kafka.acls a
      ON a.principal = 'User:' || s.id AND a.cluster_id = 'lkc-7p2v9d' AND a.asked_principal = 'UserV2:*'`
    const named = await rowsOf(
      open(),
      `SELECT DISTINCT principal FROM ${ACLS} AND principal LIKE 'User:sa-%'`,
    )
    expect(await rowsOf(open(), sql)).toEqual([[named.length]])
  })
})

/** The environment can give the base URL of a host, so the request would be valid without the condition on it. */
describe('conditions that rows cannot verify are sent', () => {
  const TOPICS = "SELECT count(*) FROM kafka.kafka.topics WHERE cluster_id = 'lkc-7p2v9d'"

  it.each([
    "rest_endpoint = (SELECT http_endpoint FROM confluent.clusters WHERE id = 'lkc-7p2v9d')",
    "rest_endpoint IN (SELECT http_endpoint FROM confluent.clusters WHERE id = 'lkc-7p2v9d')",
    '(cluster_id, rest_endpoint) IN (SELECT id, http_endpoint FROM confluent.clusters)',
  ])('also if the values come from other tables: %s', async condition => {
    expect(await rowsOf(open(), `${TOPICS} AND ${condition}`)).toEqual(await rowsOf(open(), TOPICS))
  })

  it('also if another method does not need the parameter', async () => {
    const all = await rowsOf(
      open(),
      `SELECT id, role_name FROM confluent.iam.role_bindings WHERE scope = '${ORG}/*' ORDER BY id LIMIT 1`,
    )
    expect(
      await rowsOf(
        open(),
        `SELECT id, role_name FROM confluent.iam.role_bindings WHERE scope = '${ORG}/*' AND id = '${String(all[0]![0])}'`,
      ),
    ).toEqual(all)
  })
})

/** One key of a row value may also have a condition of its own: the other keys must come from the matching rows. */
describe('keys of row values belong together', () => {
  it('with different hosts', async () => {
    const pairs = ['lkc-7p2v9d', 'lkc-8q3w0f']
      .map(id => `('${id}', '${sandbox().sites[id] ?? ''}')`)
      .join(', ')
    const sql = `SELECT count(*) FROM kafka.kafka.topics WHERE (cluster_id, rest_endpoint) IN (VALUES ${pairs}) AND cluster_id = 'lkc-7p2v9d'`
    expect(await requestsOf(() => rowsOf(open(), sql))).toEqual(['GET /kafka/v3/clusters/lkc-7p2v9d/topics'])
  })

  it('with different parents', async () => {
    const keys = "('env-p7r2k1', 'lkc-7p2v9d', 'orders-cdc'), ('env-p7r2k1', 'lkc-8q3w0f', 'payments-cdc')"
    const sql = `SELECT DISTINCT connector_name FROM confluent.connect.connector_tasks
      WHERE (environment_id, kafka_cluster_id, connector_name) IN (VALUES ${keys}) AND kafka_cluster_id = 'lkc-8q3w0f'`
    expect(await rowsOf(open(), sql)).toEqual([['payments-cdc']])
  })
})
