import type { Body, Method, Operation, UnsupportedMethod, Verb } from '../catalog/types.ts'
import { bodySchema, readBody } from './bodies.ts'
import { startedOperation } from './operations.ts'
import { type Paged, type PageParam, pagingOf, paramsOfPaging } from './paging.ts'
import { constantsOf, type Inputs, readInputs } from './params.ts'
import { partsOf } from './references.ts'
import { type Answer, readAnswer, type Reading } from './rows.ts'
import { innerPageField, pageFields, withBodyParams, withoutFields } from './select-bodies.ts'
import { firstServer, readServer, type Server } from './servers.ts'
import { member, type Members, shortText, textOf } from './tree.ts'

/** What the methods of a service have in common. */
export interface ServiceFacts {
  readonly provider: string
  readonly root: Members
  readonly reading: Reading
  /** `config` of what the methods inherit, the nearest first: the service, the service in provider.yaml, the provider. */
  readonly configs: readonly unknown[]
  /** Why no method can be called. */
  readonly reason: string | undefined
  /** Headers with credentials, in lower case. */
  readonly credentialHeaders: ReadonlySet<string>
}

/** A method, before it is known which columns its parameters select by. */
export interface MethodDraft {
  readonly base: Omit<Method, 'params' | 'columns'>
  readonly inputs: Inputs
  readonly answer: Answer
  readonly server: Server
}

const HTTP: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Reads a method under one verb. */
export function readMethod(
  name: string,
  method: unknown,
  verb: Verb,
  resourceConfig: unknown,
  facts: ServiceFacts,
): MethodDraft | UnsupportedMethod {
  const { operation, pathItem, path, http } = operationOf(method, facts)
  const call = http === undefined ? '' : `${http} ${path}`
  const unsupported = (reason: string): UnsupportedMethod => ({ name, verb, call, reason })
  if (facts.reason !== undefined) return unsupported(facts.reason)
  if (operation === undefined || http === undefined || path === undefined)
    return unsupported(
      `its operation, ${textOf(member(method, 'operation', '$ref')) ?? 'without $ref'}, is not in the document`,
    )
  if (!HTTP.has(http)) return unsupported(`it is called with ${http}`)
  if (member(operation, 'x-stackQL-graphQL') !== undefined) return unsupported('it is a query in GraphQL')
  const server = readServer(
    firstServer(
      member(operation, 'servers'),
      member(pathItem, 'servers'),
      member(method, 'servers'),
      member(facts.root, 'servers'),
    ),
    facts.provider,
  )
  if (typeof server === 'string') return unsupported(server)
  const inputs = readInputs(
    {
      path,
      pathItem,
      operation,
      variables: server.variables,
      credentialHeaders: facts.credentialHeaders,
      dropsUnderscored:
        member(method, 'config', 'requestTranslate', 'algorithm') === 'drop_double_underscore_params',
    },
    facts.reading,
  )
  if (typeof inputs === 'string') return unsupported(inputs)
  if (verb === 'select' && http !== 'GET' && http !== 'POST')
    return unsupported(`a SELECT by ${http} is not supported`)
  const answer = readAnswer(method, operation, facts.reading)
  if (typeof answer === 'string') return unsupported(answer)
  if (verb === 'select' && answer.rows === undefined) return unsupported('its answer has no content')
  const isGet = verb === 'select' && http === 'GET'
  const read = isGet ? undefined : readBody(method, operation, verb, facts.reading)
  if (typeof read === 'string') return unsupported(read)
  // the fields of a SELECT's body are parameters
  const fields = verb === 'select' ? (read?.fields ?? []) : []
  const { properties } = facts.reading.schemas.read(bodySchema(method, operation, facts.reading).schema)
  const body = read && verb === 'select' ? withoutFields(read) : read
  const configs = [member(method, 'config'), resourceConfig, ...facts.configs]
  const isList = answer.rows?.kind === 'array' && (http === 'GET' || verb === 'select')
  const known = isList
    ? pagedOf(configs, inputs, pageFields(fields, properties, facts.reading), answer, facts)
    : {}
  const inner = isList ? innerPageField(fields) : undefined
  const paged: Paged =
    known.paging || known.pagedBy !== undefined || inner === undefined ? known : { pagedBy: inner }
  const started = verb === 'select' ? undefined : startedOperation(answer, inputs.path, facts.reading.schemas)
  const draft = { name, verb, http: http as Method['http'], operation, answer, server, paged, body, started }
  return draftOf({ ...draft, inputs: withBodyParams(inputs, fields) })
}

interface Parts {
  readonly name: string
  readonly verb: Verb
  readonly http: Method['http']
  readonly operation: unknown
  readonly inputs: Inputs
  readonly answer: Answer
  readonly server: Server
  readonly paged: Paged
  readonly body: Body | undefined
  /** The operation that its answer is. */
  readonly started: Operation | undefined
}

function draftOf({
  name,
  verb,
  http,
  operation,
  inputs,
  answer,
  server,
  paged,
  body,
  started,
}: Parts): MethodDraft {
  const { rows } = answer
  const about = shortText(member(operation, 'summary')) ?? shortText(member(operation, 'description'))
  const isSingle = verb === 'select' && rows?.kind === 'one'
  const isCell = rows?.at === '$' && answer.columns.some(column => column.at === '$')
  const hasErrors =
    rows?.at === '$'
    && rows.kind === 'one'
    && answer.columns.some(c => /^(?:errors?|error_code)$/.test(c.name))
  const paging = paramsOfPaging(paged.paging)
  return {
    base: {
      name,
      verb,
      http,
      path: inputs.path,
      ...constantsOf(inputs, answer.media),
      ...(body && { body }),
      ...(rows && { rows }),
      ...paged,
      ...(started && { operation: started }),
      ...(isSingle && { single: true }),
      ...((isCell || hasErrors) && { failure: 'whole' as const }),
      host: server.host,
      ...(member(operation, 'deprecated') === true && { stage: 'deprecated' as const }),
      ...(about !== undefined && { about }),
    },
    inputs: {
      ...inputs,
      params: inputs.params.filter(
        p => p.in !== (paged.paging?.in ?? 'query') || !paging.includes(p.wire ?? p.name),
      ),
    },
    answer,
    server,
  }
}

/** The configuration nearest to the method decides. What asks for a page stands in the query or, if nothing there does, in the body. */
function pagedOf(
  configs: readonly unknown[],
  inputs: Inputs,
  fields: readonly PageParam[],
  answer: Answer,
  { reading }: ServiceFacts,
): Paged {
  const first = (...names: readonly string[]): unknown =>
    configs.map(config => member(config, ...names)).find(found => found !== undefined)
  const facts = {
    declared: first('pagination'),
    top: first('queryParamPushdown', 'top'),
    answer: answer.whole,
    schemas: reading.schemas,
  }
  const own = pagingOf({ ...facts, params: inputs.pageParams, place: 'query' })
  if (own.paging || fields.length === 0) return own
  const { paging, pagedBy = own.pagedBy } = pagingOf({ ...facts, params: fields, place: 'body' })
  if (paging) return { paging: { ...paging, in: 'body' } }
  return pagedBy === undefined ? {} : { pagedBy }
}

/** The operation that a method refers to: `#/paths/~1users~1{id}/get`. */
function operationOf(
  method: unknown,
  { root, reading }: ServiceFacts,
): { operation?: Members; pathItem?: Members; path?: string; http?: string } {
  const parts = partsOf(textOf(member(method, 'operation', '$ref')) ?? '')
  if (parts?.length !== 3 || parts[0] !== 'paths') return {}
  const [, path, verb] = parts as [string, string, string]
  const pathItem = reading.references.resolve(member(root, 'paths', path))
  const operation = reading.references.resolve(member(pathItem, verb))
  return { path, http: verb.toUpperCase(), ...(pathItem && { pathItem }), ...(operation && { operation }) }
}
