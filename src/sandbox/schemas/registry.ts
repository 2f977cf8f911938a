import { createHash } from 'node:crypto'
import { failure, type Reply } from '../reply.ts'
import { answered, notFound, type Context } from '../requests/request.ts'
import { serialize } from '../rows/serialize.ts'
import type { Row } from '../rows/state.ts'
import { withNames, type Scope } from '../rows/template.ts'
import type { Json, JsonObject } from '../types.ts'
import { readAvro } from './avro.ts'
import type { SchemasBehaviour } from './behaviour.ts'
import { InvalidSchema, sorted, type Format, type ReadSchema, type Referenced } from './format.ts'
import { readJsonSchema } from './json-schema.ts'
import { readProtobuf } from './protobuf.ts'

const FORMATS: Readonly<Record<string, Format>> = {
  AVRO: readAvro,
  JSON: readJsonSchema,
  PROTOBUF: readProtobuf,
}

/** Registers the schema in the body as a version of the subject in the path; one that is there is the answer. */
export function register(context: Context, body: JsonObject, scope: Scope): Reply {
  const registry = new Registry(context)
  const { subject } = registry
  const mode = registry.mode()
  if (mode === 'READONLY' || mode === 'READONLY_OVERRIDE')
    return failure(422, `Subject ${subject} in context . is in read-only mode`, { number: 42205 })
  const imported = mode === 'IMPORT' ? { id: body.id, version: body.version } : {}
  if (typeof body.id === 'number' && body.id !== -1 && mode !== 'IMPORT')
    return failure(422, `Subject ${subject} in context . is not in import mode`, { number: 42205 })
  const schema = registry.read(body)
  if ('status' in schema) return schema
  const known = registry.current().find(row => isSame(registry, row, schema, body))
  if (known !== undefined) return replied(context, known, scope)
  const conflicts = mode === 'IMPORT' ? [] : registry.conflicts(schema, body, registry.current())
  if (conflicts.length > 0)
    return failure(
      409,
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${conflicts.join(', ')}]`,
      { number: 409 },
    )
  return replied(context, registry.add(schema, body, imported), scope)
}

/** The version of the subject in the path that has the schema in the body. */
export function lookUp(context: Context, body: JsonObject, scope: Scope): Reply {
  const registry = new Registry(context)
  const schema = registry.read(body)
  if ('status' in schema) return schema
  const versions = isAsked(context, 'deleted') ? registry.versions() : registry.current()
  const found = versions.find(row => isSame(registry, row, schema, body))
  return found === undefined ? notFound(context, scope) : replied(context, found, scope)
}

/** Whether the schema in the body is compatible with a version, or with those that the subject's level names. */
export function fits(context: Context, body: JsonObject, scope: Scope): Reply {
  const registry = new Registry(context)
  const { version } = context.args.path
  const current = registry.current()
  const one = version === undefined || /^(latest|-1)$/.test(version) ? undefined : version
  const others = one === undefined ? current : current.filter(({ doc }) => String(doc.version) === one)
  if (one !== undefined && others.length === 0) return notFound(context, scope)
  const verbose = isAsked(context, 'verbose')
  const schema = registry.read(body)
  if ('status' in schema) return verbose ? schema : { status: 200, body: { is_compatible: false } }
  const messages = registry.conflicts(schema, body, others)
  return {
    status: 200,
    body: { is_compatible: messages.length === 0, ...(verbose && { messages: [...messages] }) },
  }
}

/** Whether a parameter is true, in any case. */
function isAsked({ args }: Context, param: string): boolean {
  return args.query.get(param)?.toLowerCase() === 'true'
}

function replied(context: Context, row: Row, scope: Scope): Reply {
  const docs = serialize(context, [row], scope).map(({ value }) => value)
  return answered(context, docs, withNames(scope, { doc: row.doc }))
}

/** Whether a version has the schema, its references, and what else the request gives. */
function isSame(registry: Registry, { doc }: Row, schema: ReadSchema, body: JsonObject): boolean {
  const alike = (member: string): boolean => sorted(doc[member] ?? {}) === sorted(body[member] ?? {})
  return (
    typeOf(doc) === typeOf(body)
    && registry.identity(doc) === registry.identityOf(schema)
    && sorted(doc.references ?? []) === sorted(body.references ?? [])
    && ['metadata', 'ruleSet'].every(member => body[member] === undefined || alike(member))
  )
}

function typeOf({ schemaType }: JsonObject): string {
  return typeof schemaType === 'string' ? schemaType : 'AVRO'
}

/** The versions of a server, and those of the subject in a request's path. */
class Registry {
  readonly subject: string
  private readonly behaviour: SchemasBehaviour
  private readonly context: Context

  constructor(context: Context) {
    this.context = context
    this.subject = (context.args.path.subject ?? '').replace(/^:\.:/, '')
    this.behaviour = context.base.schemas ?? { settings: [], modes: '', contexts: '' }
  }

  versions(): readonly Row[] {
    return this.all().filter(({ doc }) => doc.subject === this.subject)
  }

  /** Versions that are not deleted. */
  current(): readonly Row[] {
    return this.versions().filter(({ doc }) => doc._deleted !== true)
  }

  mode(): Json | undefined {
    return this.setting([this.behaviour.modes], 'mode')
  }

  /** The schema in a body, or why it is none. */
  read(body: JsonObject): ReadSchema | Reply {
    const type = typeOf(body)
    const format = FORMATS[type]
    const refuse = (text: string): Reply => failure(422, text, { number: 42201 })
    if (format === undefined) return refuse(`Invalid schema type ${type}`)
    if (typeof body.schema !== 'string' || body.schema.trim() === '') return refuse('Empty schema')
    try {
      return format(body.schema, this.references(body, new Set()))
    } catch (error) {
      if (error instanceof InvalidSchema)
        return refuse(`Either the input schema or one its references is invalid: ${error.message}`)
      throw error
    }
  }

  /** The identity of a stored schema; its text if it cannot be read. */
  identity(doc: JsonObject): string {
    const schema = this.read(doc)
    return 'status' in schema ? String(doc.schema) : this.identityOf(schema)
  }

  /** What makes two schemas the same, which depends on whether they are normalized. */
  identityOf({ identity, normal = identity }: ReadSchema): string {
    const isNormalized =
      isAsked(this.context, 'normalize') || this.setting(this.behaviour.settings, 'normalize') === true
    return isNormalized ? normal : identity
  }

  /** Why a schema is not compatible with versions, by the level of the subject. */
  conflicts(schema: ReadSchema, body: JsonObject, versions: readonly Row[]): readonly string[] {
    const level = String(this.setting(this.behaviour.settings, 'compatibilityLevel') ?? 'BACKWARD')
    const others = level.endsWith('_TRANSITIVE') ? versions : versions.slice(-1)
    if (level === 'NONE') return []
    return others.flatMap(({ doc }) => {
      if (typeOf(doc) !== typeOf(body)) return [`Incompatible because of different schema type`]
      const other = this.read(doc)
      if ('status' in other) return []
      return [
        ...(level.startsWith('FORWARD') ? [] : schema.conflicts(other)),
        ...(level.startsWith('BACKWARD') ? [] : other.conflicts(schema)),
      ]
    })
  }

  /** Adds a version. The same schema has the same id in all subjects. */
  add(
    schema: ReadSchema,
    body: JsonObject,
    given: { id?: Json | undefined; version?: Json | undefined },
  ): Row {
    const { state, baseName, site, args } = this.context
    const { references = [], metadata, ruleSet } = body
    const type = typeOf(body)
    const content = sorted([type, schema.identity, references, metadata ?? null, ruleSet ?? null])
    const guid = createHash('md5')
      .update(content)
      .digest('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    const all = this.all()
    const same = all.find(({ doc }) => doc.guid === guid) ?? all.find(row => isSame(this, row, schema, body))
    const next = (rows: readonly Row[], member: string): number =>
      Math.max(0, ...rows.map(({ doc }) => Number(doc[member] ?? 0))) + 1
    const doc: JsonObject = {
      subject: this.subject,
      version: given.version ?? next(this.versions(), 'version'),
      id: given.id ?? same?.doc.id ?? next(all, 'id'),
      guid: same?.doc.guid ?? guid,
      ...(type === 'AVRO' ? {} : { schemaType: type }),
      ...(Array.isArray(references) && references.length > 0 ? { references } : {}),
      ...(metadata === undefined ? {} : { metadata }),
      ...(ruleSet === undefined ? {} : { ruleSet }),
      schema: schema.text,
      ...(schema.serialized === undefined ? {} : { _descriptor: schema.serialized }),
      _deleted: false,
    }
    this.addContext()
    return state.add(baseName, { keys: { ...args.path, subject: this.subject }, site, reads: 0, doc })
  }

  /** The context that a subject's name begins with is there from then on. */
  private addContext(): void {
    const { state, site } = this.context
    const context = /^:(\.[^:]*):/.exec(this.subject)?.[1]
    const rows = state.rowsAt(this.behaviour.contexts, site)
    if (context !== undefined && !rows.some(({ doc }) => doc.context === context))
      state.add(this.behaviour.contexts, { keys: {}, site, doc: { context } })
  }

  /** A setting of the subject, or else that of all. */
  private setting(resources: readonly string[], member: string): Json | undefined {
    const { state, site } = this.context
    const rows = resources.flatMap(name => state.rowsAt(name, site))
    const own = rows.find(({ keys }) => keys.subject === this.subject)
    return (own ?? rows.find(({ keys }) => keys.subject === undefined))?.doc[member]
  }

  private all(): readonly Row[] {
    const { state, baseName, site } = this.context
    return state.rowsAt(baseName, site)
  }

  /** The schemas that a body refers to, and those that they refer to, before it. */
  private references({ references }: JsonObject, seen: Set<string>): readonly Referenced[] {
    const list = Array.isArray(references) ? (references as readonly JsonObject[]) : []
    return list.flatMap(({ name, subject, version }) => {
      const row = this.all().find(
        ({ doc }) => doc.subject === subject && (doc.version === version || version === -1),
      )
      if (row === undefined)
        throw new InvalidSchema(
          `no schema reference found for subject "${String(subject)}" and version ${String(version)}`,
        )
      const key = `${String(subject)} ${String(version)}`
      if (seen.has(key)) return []
      seen.add(key)
      return [...this.references(row.doc, seen), { name: String(name), text: String(row.doc.schema) }]
    })
  }
}
