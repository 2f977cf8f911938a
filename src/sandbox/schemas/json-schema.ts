import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { InvalidSchema, jsonIn, sorted, type ReadSchema, type Referenced } from './format.ts'
import { isObject, type Document } from './json-schema-nodes.ts'
import { conflictsOf } from './json-schema-rules.ts'

interface JsonSchema extends ReadSchema {
  readonly document: Document
}

/** Reads a JSON Schema; the referenced schemas are known by their names in it. */
export function readJsonSchema(text: string, references: readonly Referenced[]): JsonSchema {
  const json = jsonIn(text)
  const root = withDefs(json)
  const others = references.map(({ name, text: other }) => [name, withDefs(jsonIn(other))] as const)
  check(root, others)
  const document: Document = { root, others: new Map(others) }
  return {
    text: JSON.stringify(json),
    identity: sorted(json),
    document,
    conflicts: writer => conflictsOf(document, (writer as JsonSchema).document),
  }
}

/** The registry finds #/$defs/x in `definitions` as well. */
function withDefs(json: unknown): unknown {
  return isObject(json) && isObject(json.definitions)
    ? { ...json, $defs: { ...json.definitions, ...(isObject(json.$defs) ? json.$defs : {}) } }
    : json
}

function check(root: unknown, others: readonly (readonly [name: string, json: unknown])[]): void {
  if (!isObject(root) && typeof root !== 'boolean') throw new InvalidSchema('not an object or a boolean')
  const draft = isObject(root) ? String(root.$schema) : ''
  // ajv has no meta-schema of draft 4, in which these keywords have another form
  const isOld = draft.includes('draft-04')
  const options = { strict: false, validateFormats: false, validateSchema: !isOld, logger: false } as const
  const ajv = draft.includes('2020-12')
    ? new Ajv2020(options)
    : draft.includes('2019-09')
      ? new Ajv2019(options)
      : new Ajv(options)
  for (const keyword of isOld ? ['id', 'exclusiveMinimum', 'exclusiveMaximum'] : ['id'])
    ajv.removeKeyword(keyword)
  try {
    for (const [name, json] of others)
      ajv.addSchema(withoutDraft(json) as object, uriOf(name, root), false, false)
    ajv.compile(withoutDraft(root) as object)
  } catch (error) {
    throw new InvalidSchema((error as Error).message)
  }
}

/** ajv refuses drafts that it does not know. */
function withoutDraft(json: unknown): unknown {
  return isObject(json)
    ? Object.fromEntries(Object.entries(json).filter(([name]) => name !== '$schema'))
    : json
}

/** The name of a reference is relative to the id of the schema. */
function uriOf(name: string, root: unknown): string {
  const id = isObject(root) ? root.$id : undefined
  return typeof id === 'string' && URL.canParse(name, id) ? new URL(name, id).href : name
}
