import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import type { Progress } from '../../src/engine/result.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import type { Trace } from '../../src/http/types.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider(
  'paging: { more: { kind: token, param: page_token, next: $.next, ends: empty } }',
)

/** A resource for each feature of changes. */
const SERVICE = `
service: s
resources:
  networks:
    summary: Takes its time
    columns:
      id: string
      name: string
      spec: { fields: { environment: { fields: { id: string } }, size: integer } }
      status: { fields: { phase: { type: string, values: [MAKING, READY, WAITING, FAILED] }, message: string } }
      environment: { type: string, input: true, at: $.spec.environment.id }
    settles: { phase: status.phase, done: [READY, WAITING], failed: [FAILED], message: status.message, every: 0.5, timeout: 60 }
    methods:
      get_network: { sql: select, call: 'GET /networks/{id}', params: { environment: required } }
      list_networks: { sql: select, call: GET /networks, rows: $.data, params: { environment: required } }
      create_network: { sql: insert, call: POST /networks, body: { name: required, spec.environment.id: required, spec.size: optional } }
      update_network: { sql: update, call: 'PATCH /networks/{id}', body: { spec.size: optional } }
      delete_network: { sql: delete, call: 'DELETE /networks/{id}', params: { environment: required } }
      restart_network: { sql: exec, call: 'POST /networks/{id}/restart', rows: none }
  connectors:
    summary: Its phase is in the list alone
    columns: { name: { type: string, at: '#key' }, state: { type: string, at: $.status.state }, cluster: { type: string, input: true } }
    settles: { phase: state, done: [RUNNING], failed: [FAILED] }
    methods:
      read_connector: { sql: select, call: 'GET /clusters/{cluster}/connectors/{connector_name}', params: { connector_name: { column: name } }, columns: { name: string } }
      list_connectors: { sql: select, call: 'GET /clusters/{cluster}/connectors', rows: { at: $, kind: map } }
      create_connector: { sql: insert, call: 'POST /clusters/{cluster}/connectors', body: { name: optional, config: { type: object } }, columns: { name: string } }
      delete_connector: { sql: delete, call: 'DELETE /clusters/{cluster}/connectors/{connector_name}', params: { connector_name: { column: name } } }
  keys:
    summary: Holds secrets in every place
    columns:
      id: string
      name: string
      secret: { type: string, secret: true }
      spec: { fields: { owner: string, secret: { type: string, secret: true }, inner: { fields: { token: { type: string, secret: true }, big: string } } } }
      parts: { items: { fields: { name: string, value: { type: string, secret: true } } } }
      settings: { type: object, secret: true }
      codes: { type: 'string[]', secret: true }
    methods:
      get_key: { sql: select, call: 'GET /keys/{id}' }
      list_keys: { sql: select, call: GET /keys, rows: $.data }
      create_key:
        sql: insert
        call: POST /keys
        body: { name: optional, spec.owner: optional, spec.inner.token: optional, parts: optional, settings: optional, config: { type: object } }
      update_key: { sql: update, call: 'PATCH /keys/{id}', body: { name: optional, secret: optional, settings: optional } }
      delete_key: { sql: delete, call: 'DELETE /keys/{id}' }
      rotate_key: { sql: exec, call: 'POST /keys/{id}/rotate', columns: { secret: { type: string, secret: true }, id: string } }
      check_key: { sql: exec, call: 'POST /keys/{id}/check', body: { secret: { type: string, secret: true } } }
  credentials:
    summary: Their secrets are shown once
    columns: { id: string, spec: { fields: { owner: string, secret: { type: string, secret: true } } } }
    methods:
      get_credential: { sql: select, call: 'GET /credentials/{id}' }
      create_credential: { sql: insert, call: POST /credentials, once: [spec.secret], body: { spec.owner: optional } }
      redeem_credential: { sql: exec, call: POST /credentials/redeem, once: [secret], columns: { id: string, secret: { type: string, secret: true } } }
  configs:
    summary: Its rows are settings as a whole
    columns: { config: { type: object, at: $ }, codes: { type: object, secret: true, at: $ }, name: { type: string, input: true } }
    methods:
      get_config: { sql: select, call: 'GET /configs/{name}' }
      list_configs: { sql: exec, call: GET /configs, rows: $, columns: { config: { type: object, at: $ } } }
      set_config: { sql: replace, call: 'PUT /configs/{name}', body: {}, rows: none }
  modes:
    summary: There is but one
    columns: { mode: string }
    methods:
      get_mode: { sql: select, call: GET /mode }
      set_mode: { sql: replace, call: PUT /mode, params: { force: { type: boolean } }, body: { mode: required } }
      delete_mode: { sql: delete, call: DELETE /mode }
  defs:
    summary: Written in arrays
    columns: { name: string, level: integer, attrs: 'object[]' }
    methods:
      list_defs: { sql: select, call: GET /defs, rows: $ }
      create_defs: { sql: insert, call: POST /defs, rows: $, body_kind: array, body: { name: required, level: optional, attrs: optional } }
      update_defs: { sql: replace, call: PUT /defs, rows: $, body_kind: array, body: { name: required, level: optional } }
  tokens:
    summary: Asked for with a form
    columns: { access_token: { type: string, secret: true }, expires_in: integer }
    methods:
      exchange_token:
        sql: exec
        call: POST /token
        body_kind: form
        body: { grant_type: { type: string, required: true }, subject_token: { type: string, secret: true, required: true }, expires_in: optional }
  artifacts:
    summary: Its cloud is a parameter and a field
    columns: { id: string, cloud: string, region: string, name: string }
    methods:
      get_artifact: { sql: select, call: 'GET /artifacts/{id}', params: { cloud: required, region: required } }
      list_artifacts: { sql: select, call: GET /artifacts, rows: $.data, params: { cloud: required, region: required } }
      create_artifact: { sql: insert, call: POST /artifacts, params: { cloud: required, region: required }, body: { cloud: required, region: required, name: required } }
      update_artifact: { sql: update, call: 'PATCH /artifacts/{id}', params: { cloud: required, region: required }, body: { cloud: optional, region: optional, name: optional } }
  subjects:
    summary: Removed for good with an option
    columns: { subject: { type: string, at: $ } }
    methods:
      list_subjects: { sql: select, call: GET /subjects, rows: $ }
      delete_subject: { sql: delete, call: 'DELETE /subjects/{subject}', params: { permanent: { type: boolean }, reason: {} } }
  pools:
    summary: Two keys
    columns: { id: string, name: string, provider_id: { type: string, input: true } }
    methods:
      get_pool: { sql: select, call: 'GET /providers/{provider_id}/pools/{id}' }
      list_pools: { sql: select, call: 'GET /providers/{provider_id}/pools', rows: $.data }
      update_pool: { sql: update, call: 'PUT /providers/{provider_id}/pools/{id}', body: { name: optional, token: { type: string, secret: true } } }
      delete_pool: { sql: delete, call: 'DELETE /providers/{provider_id}/pools/{id}' }
  results:
    summary: Never finished
    columns: { n: integer, name: { type: string, input: true } }
    methods:
      list_results: { sql: select, call: 'GET /statements/{name}/results', rows: $.data, paging: more }
  integrations:
    summary: Its update must have the environment in the body
    columns: { id: string, environment: { fields: { id: string } }, note: string }
    methods:
      get_integration: { sql: select, call: 'GET /integrations/{id}', params: { environment: { required: true, column: environment.id } } }
      update_integration: { sql: update, call: 'PATCH /integrations/{id}', body: { environment.id: required, note: optional } }
  loggings:
    summary: Belong to an environment, which answers have as an object
    columns: { id: string, environment: { fields: { id: string, related: string } }, level: string }
    methods:
      list_loggings: { sql: select, call: GET /loggings, rows: $.data, params: { environment: { required: true, column: environment.id } } }
      update_logging:
        sql: update
        call: 'PATCH /loggings/{id}'
        params: { environment: { required: true, column: environment.id } }
        body: { environment.id: required, level: optional }
      delete_logging: { sql: delete, call: 'DELETE /loggings/{id}', params: { environment: { required: true, column: environment.id } } }
  tasks:
    summary: Has settings of any name, some of them secrets
    columns: { id: string, config: { type: object, secret: members } }
    methods:
      get_task: { sql: select, call: 'GET /tasks/{id}' }
      list_tasks: { sql: select, call: GET /tasks, rows: $.data }
      create_task: { sql: insert, call: POST /tasks, body: { config: { type: object } } }
      update_task: { sql: update, call: 'PATCH /tasks/{id}', body: { config: { type: object } } }
  clusters:
    summary: Its update must have in the body what its select has as an input column
    columns: { id: string, spec: { fields: { place: string, size: integer } }, place: { type: string, input: true, at: $.spec.place } }
    methods:
      get_cluster: { sql: select, call: 'GET /clusters/{id}', params: { place: required } }
      update_cluster: { sql: update, call: 'PATCH /clusters/{id}', body: { spec.place: required, spec.size: optional } }
  tags:
    summary: Its read method calls typeName what is ofType in the rows
    columns: { typeName: string, kept: boolean, ofType: { type: string, input: true }, name: { type: string, input: true } }
    methods:
      get_tags: { sql: select, call: 'GET /types/{typeName}/names/{name}/tags', rows: $, params: { typeName: { column: ofType } } }
      update_tag: { sql: update, call: 'PATCH /types/{ofType}/names/{name}/tags/{typeName}', body: { kept: optional } }
      delete_tag: { sql: delete, call: 'DELETE /types/{typeName}/names/{name}/tags/{tagName}', params: { typeName: { column: ofType }, tagName: { column: typeName } } }
  rules:
    summary: Deleted by what they say, several at once
    columns:
      kind: string
      name: string
      who: string
      cluster: { type: string, input: true }
      asked_who: { type: string, input: true }
    methods:
      list_rules: { sql: select, call: 'GET /clusters/{cluster}/rules', rows: $.data, params: { kind: inexact, who: { column: asked_who } } }
      delete_rules:
        sql: delete
        call: DELETE /clusters/{cluster}/rules
        rows: $.data
        params: { kind: { required: true, wildcards: [ANY] }, name: optional, who: optional }
  switches:
    summary: Has a method for each thing that can be set
    columns: { id: integer, state: string, weight: number, size: integer }
    methods:
      get_switch: { sql: select, call: 'GET /switches/{id}' }
      update_state: { sql: update, call: 'PATCH /switches/{id}/state', body: { state: optional } }
      update_load: { sql: update, call: 'PATCH /switches/{id}/load', body: { weight: optional, size: optional } }
      delete_switch: { sql: delete, call: 'DELETE /switches/{id}' }
  subsets:
    summary: Written as a whole
    columns: { id: string, note: string }
    methods:
      get_subset: { sql: select, call: 'GET /subsets/{id}' }
      set_subset: { sql: replace, call: 'PUT /subsets/{id}', body: { note: optional } }
  memberships:
    summary: Their keys are keywords
    columns: { group: { type: string, input: true }, to: string, since: string }
    methods:
      list_memberships: { sql: select, call: 'GET /groups/{group}/memberships', rows: $.data }
      delete_membership: { sql: delete, call: 'DELETE /groups/{group}/memberships/{to}' }
  messages:
    summary: Take any JSON
    columns: { id: string, text: string, flag: boolean, n: integer, ratio: number, settings: object }
    methods:
      list_messages: { sql: select, call: GET /messages, rows: $.data }
      get_message: { sql: select, call: 'GET /messages/{id}' }
      create_message:
        sql: insert
        call: POST /messages
        body:
          text: optional
          flag: optional
          n: optional
          ratio: optional
          settings: optional
          any: { type: json }
          value.type: { type: string }
          value.data: { type: json, nullable: true, text_when: { value.type: [STRING] }, base64_when: { value.type: [BINARY] } }
      update_message: { sql: update, call: 'PATCH /messages/{id}', body: { text: optional, settings: optional, any: { type: json } } }
      replace_message: { sql: replace, call: 'PUT /messages/{id}', body: { id: optional, text: optional } }
      send_message: { sql: exec, call: POST /send, rows: none, body: { text: { type: string }, any: { type: json } } }
      look_up: { sql: exec, call: 'GET /messages/{id}/deep', rows: $.data, columns: { id: string } }
  docs:
    summary: Deep
    columns:
      id: string
      spec: { fields: { name: string, limits: { fields: { low: integer, high: { fields: { soft: integer, hard: integer } } } }, labels: object } }
    methods:
      get_doc: { sql: select, call: 'GET /docs/{id}' }
      list_docs: { sql: select, call: GET /docs, rows: $.data }
      create_doc: { sql: insert, call: POST /docs, body: { spec.name: required, spec.limits.low: optional, spec.limits.high: optional, spec.labels: optional } }
      update_doc: { sql: update, call: 'PATCH /docs/{id}', body: { spec.name: optional, spec.limits.low: optional, spec.limits.high: { nullable: true }, spec.labels: optional } }
      replace_doc: { sql: replace, call: 'PUT /docs/{id}', body: { spec.name: required, spec.limits.low: optional, spec.limits.high: optional, spec.labels: optional } }
      put_doc: { sql: exec, call: 'PUT /docs/{id}/raw', rows: none, body: {} }
`

export interface Asked {
  readonly query: URLSearchParams
  readonly body: string
  /** The number of this request among those to its method and path, from 1. */
  readonly nth: number
}

/** What `METHOD /path` answers: a document, a status, or both. */
export type Routes = Readonly<Record<string, (asked: Asked) => unknown>>

/** An answer with a status of its own. */
export class Status {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export interface Server {
  /** Sets the answers and forgets earlier requests. */
  serve(routes: Routes): void
  /** The requests since the last call, in order: `METHOD /path?query body`. */
  requests(): string[]
  readonly progress: Progress[]
  readonly notices: string[]
  /** Of all requests, with bodies. */
  readonly traces: Trace[]
  open(options?: Partial<SessionOptions>, retries?: number): Session
}

/** Starts a server of the provider above; it ends with the test file. */
export async function startServer(): Promise<Server> {
  const providers = compiledProvider(PROVIDER, SERVICE)
  let routes: Routes = {}
  let counts = new Map<string, number>()
  const log: string[] = []
  const url = await listen((request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const body = Buffer.concat(chunks).toString()
        const asked = new URL(request.url!, 'http://127.0.0.1')
        const key = `${request.method} ${decodeURIComponent(asked.pathname)}`
        const nth = (counts.get(key) ?? 0) + 1
        counts.set(key, nth)
        log.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`)
        const found = routes[key]
          ? routes[key]({ query: asked.searchParams, body, nth })
          : new Status(404, { errors: [{ detail: `no ${key}` }] })
        const answer = found instanceof Status ? found : new Status(200, found)
        response
          .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
          .end(answer.body === undefined ? '' : JSON.stringify(answer.body))
      })
  })
  const sessions: Session[] = []
  const progress: Progress[] = []
  const notices: string[] = []
  const traces: Trace[] = []
  atEnd(async () => {
    for (const session of sessions) await session.close()
  })
  const env = { P_URL: url }
  return {
    progress,
    notices,
    traces,
    serve(given) {
      traces.length = 0
      routes = given
      counts = new Map()
      log.length = 0
      progress.length = 0
      notices.length = 0
    },
    requests: () => log.splice(0),
    open(options = {}, retries = 0) {
      const session = new Session({
        catalog: loadCatalog(providers),
        connect: async onTrace => {
          const trace = (t: Trace): void => {
            traces.push(t)
            onTrace(t)
          }
          return createClient({ env, onTrace: trace, traceBodies: () => true, retries })
        },
        onNotice: text => notices.push(text),
        waiting: { every: 1, onProgress: p => progress.push(p) },
        ...options,
      })
      sessions.push(session)
      return session
    },
  }
}

/** The rows of one statement as objects; an error after them is thrown. */
export async function objects(session: Session, sql: string): Promise<Record<string, Value>[]> {
  const { rows, error } = await outcome(session, sql)
  if (error !== undefined) throw error
  return rows
}

/** The rows of one statement, and the error after them. */
export async function outcome(
  session: Session,
  sql: string,
): Promise<{ rows: Record<string, Value>[]; error: unknown }> {
  const rows: Record<string, Value>[] = []
  for await (const result of session.run(sql)) {
    for await (const row of result.rows)
      rows.push(Object.fromEntries(result.columns.map((c, i) => [c.name, row[i]!])))
    try {
      result.finish()
    } catch (error) {
      return { rows, error }
    }
  }
  return { rows, error: undefined }
}
