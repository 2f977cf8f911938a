import { createHash } from 'node:crypto'
import { DAY, stamp } from './chance.mjs'
import { TEAMS } from './names.mjs'

/** By registry: the teams whose topics have schemas, and the cluster of these topics. */
const CONTENT = {
  'lsrc-1v5d8k': { teams: TEAMS.slice(0, 5), cluster: 'lkc-7p2v9d' },
  'lsrc-2w6f9m': { teams: ['orders', 'payments'], cluster: 'lkc-2k5y3h' },
  'lsrc-3x7g0n': { teams: ['orders'], cluster: 'lkc-4n7a5k' },
}

const record = (name, fields) =>
  JSON.stringify({
    type: 'record',
    name,
    namespace: 'com.example',
    fields: fields.map(([field, type]) => ({
      name: field,
      type,
      ...(type[0] === 'null' && { default: null }),
    })),
  })

/** A deterministic fingerprint of a text. */
const guidOf = text =>
  createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** Rows of Schema Registries: subjects and versions, their settings, exporters, keys, and the catalog's entries for topics. */
export function governance({ random, now, caller }) {
  const all = {}
  const put = (resource, row) => {
    ;(all[`confluent.${resource}`] ??= []).push(row)
  }
  for (const [site, { teams, cluster }] of Object.entries(CONTENT)) {
    const add = (resource, body, more = {}) =>
      put(resource, { site, at: stamp(now - (30 + random.below(900)) * DAY, random), body, ...more })
    addRegistry(add)
    addSchemas(add, teams)
    addKeys(add, teams)
    addCatalog(add, { teams, cluster, random, now, caller })
  }
  return all
}

function addRegistry(add) {
  add('schema_registry.cluster_config', { maxSchemas: 20_000, maxRequestsPerSec: 75 })
  for (const schema_type of ['JSON', 'PROTOBUF', 'AVRO']) add('schema_registry.types', { schema_type })
  add('schema_registry.contexts', { context: '.' })
  add('schema_registry.contexts', { context: '.export' })
  for (const associationType of ['key', 'value'])
    add(
      'schema_registry.associations',
      {},
      {
        let: { guid: guidOf(associationType) },
        over: {
          subject: `orders.events-${associationType}`,
          resourceName: 'orders.events',
          resourceNamespace: 'lkc-7p2v9d',
          resourceId: 'lkc-7p2v9d:orders.events',
          associationType,
        },
      },
    )
  add('schema_registry.top_level_config', { compatibilityLevel: 'BACKWARD', normalize: false })
  add('schema_registry.modes', { mode: 'READWRITE' }, { over: { _top: true } })
  add('schema_registry.modes', { mode: 'READONLY' }, { keys: { subject: 'orders.events-key' } })
  add(
    'schema_registry.subject_level_config',
    { compatibility: 'FULL_TRANSITIVE' },
    { keys: { subject: 'orders.events-value' }, omit: ['compatibility'] },
  )
  add(
    'schema_registry.exporters',
    {
      name: 'to-staging',
      subjects: ['orders.*'],
      contextType: 'CUSTOM',
      context: 'production',
      config: {
        'schema.registry.url': 'https://registry.example.com',
        'basic.auth.user.info': 'exporter:not-a-real-secret',
      },
    },
    { over: { _status: { state: 'RUNNING', offset: 5121 } } },
  )
  add(
    'schema_registry.exporters',
    { name: 'paused "one"', contextType: 'NONE', config: {} },
    { over: { _status: { state: 'PAUSED', trace: 'The other registry refused the credentials' } } },
  )
}

function addSchemas(add, teams) {
  let id = 100_000
  const versions = []
  const register = (subject, schema, more = {}) => {
    id++
    const version = versions.filter(one => one.subject === subject).length + 1
    versions.push({ subject, version })
    const { deleted, ...body } = more
    add(
      'schema_registry.versions',
      { schema, ...body },
      {
        keys: { subject },
        over: { subject, version, id, guid: guidOf(schema), ...(deleted === true ? { _deleted: true } : {}) },
      },
    )
  }
  register(
    'common-address',
    record('Address', [
      ['street', 'string'],
      ['town', 'string'],
      ['country', ['null', 'string']],
    ]),
  )
  for (const [index, team] of teams.entries()) addTeam(register, team, index)
}

function addTeam(register, team, index) {
  const name = team[0].toUpperCase() + team.slice(1)
  register(`${team}.events-key`, '"string"')
  register(
    `${team}.events-value`,
    record(name, [
      ['id', 'string'],
      ['amount', 'double'],
    ]),
  )
  register(
    `${team}.events-value`,
    record(name, [
      ['id', 'string'],
      ['amount', 'double'],
      ['note', ['null', 'string']],
    ]),
    {
      metadata: { properties: { owner: `${team}@example.com` }, tags: { 'com.example.note': ['PII'] } },
      ruleSet: {
        domainRules: [
          {
            name: 'positive',
            kind: 'CONDITION',
            mode: 'WRITE',
            type: 'CEL',
            expr: 'message.amount > 0',
            disabled: false,
          },
        ],
      },
    },
  )
  if (index === 0)
    register(
      `${team}.state-value`,
      JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', title: 'State' }),
      { schemaType: 'JSON' },
    )
  if (index === 1)
    register(`${team}.state-value`, 'syntax = "proto3";\nmessage State { string id = 1; }', {
      schemaType: 'PROTOBUF',
    })
  register(
    `${team}.dlq-value`,
    record(`${name}Failure`, [
      ['reason', 'string'],
      ['address', 'com.example.Address'],
    ]),
    {
      references: [{ name: 'com.example.Address', subject: 'common-address', version: 1 }],
      deleted: index === 2,
    },
  )
}

function addKeys(add, teams) {
  for (const [index, name] of ['customer-data', 'old key'].entries()) {
    add(
      'encryption_keys.key_encryption_keys',
      {
        name,
        kmsType: 'aws-kms',
        kmsKeyId: `arn:aws:kms:eu-central-1:000000000000:key/${index}a2b3c4d`,
        kmsProps: {},
        doc: `Encrypts ${name}`,
        shared: index === 0,
      },
      { over: { deleted: index === 1 } },
    )
  }
  for (const [index, team] of teams.entries()) {
    const subject = `${team}.events-value`
    for (let version = 1; version <= (index === 0 ? 2 : 1); version++)
      add(
        'encryption_keys.dek_versions',
        { subject, algorithm: index === 1 ? 'AES256_SIV' : 'AES256_GCM' },
        { keys: { name: 'customer-data' }, over: { kekName: 'customer-data', version } },
      )
  }
}

function addCatalog(add, { teams, cluster, random, now, caller }) {
  for (const [name, description] of [
    ['PII', 'Personal data'],
    ['Sensitive', 'Not for everyone'],
    ['Deprecated', 'Do not "use"'],
  ])
    add('catalog.tag_defs', { name, description, entityTypes: ['cf_entity'] })
  add('catalog.business_metadata_defs', {
    name: 'Ownership',
    description: 'Whose it is',
    attributeDefs: [
      { name: 'team', typeName: 'string', isOptional: true },
      { name: 'pager', typeName: 'string', isOptional: true },
    ],
  })
  for (const [index, team] of teams.entries()) {
    const name = `${team}.events`
    const entityName = `${cluster}:${name}`
    const tag = index === 0 ? 'PII' : 'Sensitive'
    const entity = {
      typeName: 'kafka_topic',
      attributes: {
        qualifiedName: entityName,
        name,
        description: `Events of ${team}`,
        owner: `${team}@example.com`,
        createTime: `ms:${now - 600 * DAY}`,
      },
      guid: random.text('0123456789abcdef', 32),
      status: 'ACTIVE',
      displayText: name,
      classificationNames: [tag],
      businessAttributes: { Ownership: { team } },
      createdBy: caller,
      updatedBy: caller,
    }
    add('catalog.entities', { entity, referredEntities: {} })
    add('catalog.tags', { typeName: tag, entityType: 'kafka_topic', entityName, entityGuid: entity.guid })
    add('catalog.business_metadata', {
      typeName: 'Ownership',
      attributes: { team, pager: '+49 30 555' },
      entityType: 'kafka_topic',
      entityName,
    })
  }
}
