// Providers of StackQL's format for the cases about further providers, made here: services of a wanted size.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { compare, folder, program, run } from './tools.mjs'

const FIELDS = [
  'id',
  'name',
  'state',
  'owner',
  'region',
  'created_at',
  'updated_at',
  'size',
  'labels',
  'parent',
]

/** A resource with a list, a get and three changes: about 4 KB. */
const paths = name => `  /v1/{org}/${name}:
    get:
      operationId: list_${name}
      description: Lists all ${name} that the caller can see, in the order in which they were made
      parameters: [{ $ref: '#/components/parameters/org' }, { $ref: '#/components/parameters/page_token' }]
      responses:
        '200':
          description: The list
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: { type: array, items: { $ref: '#/components/schemas/${name}' } }
                  next_page_token: { type: string }
    post:
      operationId: create_${name}
      parameters: [{ $ref: '#/components/parameters/org' }]
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/${name}' } } } }
      responses: { '200': { description: Made, content: { application/json: { schema: { $ref: '#/components/schemas/${name}' } } } } }
  /v1/{org}/${name}/{id}:
    get:
      operationId: get_${name}
      parameters: [{ $ref: '#/components/parameters/org' }, { name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One, content: { application/json: { schema: { $ref: '#/components/schemas/${name}' } } } } }
    delete:
      operationId: delete_${name}
      parameters: [{ $ref: '#/components/parameters/org' }, { name: id, in: path, required: true, schema: { type: string } }]
      responses: { '204': { description: Gone } }
`
const schema = name => `    ${name}:
      type: object
      properties:
${FIELDS.map(
  field => `        ${field}:
          type: string
          description: The ${field} of one of the ${name}, as the service keeps it; a text of a length that is common in such documents
`,
).join('')}`
const method = (name, path, verb, rows) => `          ${rows}_${name}:
            operation: { $ref: '#/paths/${path}/${verb}' }
            response: { mediaType: application/json, openAPIDocKey: '200'${rows === 'list' ? ', objectKey: $.items' : ''} }
`
const ref = (name, what) => `{ $ref: '#/components/x-stackQL-resources/${name}/methods/${what}_${name}' }`
const resource = (provider, service, name) => `      ${name}:
        id: ${provider}.${service}.${name}
        name: ${name}
        title: ${name}
        methods:
${[
  ['list', 'get'],
  ['create', 'post'],
]
  .map(([rows, verb]) => method(name, `~1v1~1{org}~1${name}`, verb, rows))
  .join('')}${[
  ['get', 'get'],
  ['delete', 'delete'],
]
  .map(([rows, verb]) => method(name, `~1v1~1{org}~1${name}~1{id}`, verb, rows))
  .join('')}        sqlVerbs:
          select: [${ref(name, 'get')}, ${ref(name, 'list')}]
          insert: [${ref(name, 'create')}]
          update: []
          delete: [${ref(name, 'delete')}]
`

/** The document of a service of about so many bytes. */
function serviceText(provider, service, bytes) {
  const one = ['things1'].flatMap(name => [paths(name), schema(name), resource(provider, service, name)])
  const names = Array.from({ length: Math.ceil(bytes / one.join('').length) }, (_, i) => `things${i}`)
  return `openapi: 3.0.0
info: { title: ${service}, version: v1 }
servers: [{ url: 'https://${provider}.example.com' }]
paths:
${names.map(paths).join('')}components:
  parameters:
    org: { name: org, in: path, required: true, schema: { type: string } }
    page_token: { name: page_token, in: query, schema: { type: string } }
  schemas:
${names.map(schema).join('')}  x-stackQL-resources:
${names.map(name => resource(provider, service, name)).join('')}`
}

/** Writes a provider with services of these sizes, by name. */
function writeProvider(dir, provider, services) {
  mkdirSync(join(dir, 'services'), { recursive: true })
  const entries = Object.keys(services).map(
    service => `  ${service}:
    id: ${service}:v1
    name: ${service}
    preferred: true
    title: ${service}
    version: v1
    service: { $ref: '${provider}/v1/services/${service}.yaml' }
`,
  )
  writeFileSync(
    join(dir, 'provider.yaml'),
    `id: ${provider}
name: ${provider}
version: v1
config: { auth: { type: null_auth } }
providerServices:
${entries.join('')}`,
  )
  for (const [service, bytes] of Object.entries(services))
    writeFileSync(join(dir, 'services', `${service}.yaml`), serviceText(provider, service, bytes))
}

const cache = join(folder, 'cache')
const within = dirs => ({ CONFLUENTQL_PROVIDER_PATH: dirs.join(delimiter), XDG_CACHE_HOME: cache })
const OURS = 'SHOW METHODS IN confluent.iam.invitations'
const ms = async (sql, env) => (await run(program(sql), { env })).ms

/** A provider with one service of so many bytes. */
function big(bytes) {
  const dir = join(folder, `big${bytes}`)
  writeProvider(dir, `big${bytes}`, { main: bytes })
  return { env: within([dir]), sql: `SHOW METHODS IN big${bytes}.main.things7` }
}

const sized = [
  ['service1', '1 MB', 1_000_000, 1000],
  ['service3', '3 MB', 3_000_000, 3000],
].flatMap(([name, size, bytes, goal]) => [
  {
    name,
    what: `first use of a service of ${size} of a further provider, compiled`,
    against: 'one of our own services',
    goal,
    unit: 'ms',
    run(times) {
      const { env, sql } = big(bytes)
      return compare(
        Math.min(times, 5),
        () => {
          rmSync(cache, { recursive: true, force: true })
          return ms(sql, env)
        },
        () => ms(OURS, {}),
      )
    },
  },
  {
    name,
    what: `use of the service of ${size} after that`,
    against: 'one of our own services',
    goal: 10,
    unit: 'ms',
    async run(times) {
      const { env, sql } = big(bytes)
      await ms(sql, env)
      return compare(
        times,
        () => ms(sql, env),
        () => ms(OURS, {}),
      )
    },
  },
])

/** The cases about providers that do not come with the program; they count milliseconds more than without. */
export const PROVIDER_CASES = [
  {
    name: 'ten',
    what: 'start with ten further providers of ten services each',
    against: 'none',
    goal: 10,
    unit: 'ms',
    async run(times) {
      const dirs = Array.from({ length: 10 }, (_, n) => {
        const dir = join(folder, `ten${n}`)
        const services = Object.fromEntries(Array.from({ length: 10 }, (__, i) => [`service${i}`, 20_000]))
        writeProvider(dir, `ten${n}`, services)
        return dir
      })
      const env = within(dirs)
      await ms(OURS, env)
      return compare(
        times,
        () => ms(OURS, env),
        () => ms(OURS, {}),
      )
    },
  },
  ...sized,
]
