import { readFileSync, statSync } from 'node:fs'
import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  load,
  mergeTag,
  YAMLException,
} from 'js-yaml'
import { ConfluentqlError } from '../errors.ts'
import { type Members, membersOf } from './tree.ts'

/** A parsed document. An alias is the same object as its anchor, so that a document takes no more memory than its text. */
export interface Document {
  readonly file: string
  readonly root: Members
  readonly text: string
}

const MAX_BYTES = 20_000_000
const MAX_DEPTH = 100

/** Tags that are not of YAML's core are ignored: their values are read as if they had none. */
const schema = CORE_SCHEMA.withTags(
  mergeTag,
  defineScalarTag('', { matchByTagPrefix: true, resolve: text => text, identify: () => false }),
  defineSequenceTag<unknown[]>('', {
    matchByTagPrefix: true,
    create: () => [],
    addItem: (list, item) => {
      list.push(item)
    },
    identify: () => false,
  }),
  defineMappingTag<Map<string, unknown>, Members>('', {
    matchByTagPrefix: true,
    create: () => new Map(),
    addPair: (map, key, value) => {
      map.set(String(key), value)
      return ''
    },
    has: (map, key) => map.has(String(key)),
    keys: result => Object.keys(result),
    get: (result, key) => result[String(key)],
    finalize: map => Object.fromEntries(map),
    identify: () => false,
  }),
)

/**
 * Reads a document in YAML or JSON.
 * @throws ConfluentqlError PROVIDER for a file that cannot be read, is too large, or is no document
 */
export function readDocument(file: string): Document {
  const text = readText(file)
  try {
    const root = membersOf(load(text, { schema, maxDepth: MAX_DEPTH }))
    if (root === undefined) throw wrong(file, 'is no document: it has no members')
    return { file, root, text }
  } catch (error) {
    if (error instanceof ConfluentqlError) throw error
    if (!(error instanceof YAMLException))
      throw wrong(file, error instanceof Error ? error.message : String(error))
    const { line } = (error.mark ?? {}) as { readonly line?: number }
    throw wrong(file, `is no valid YAML: ${error.reason}`, line === undefined ? undefined : line + 1)
  }
}

function readText(file: string): string {
  try {
    const { size } = statSync(file)
    if (size > MAX_BYTES)
      throw wrong(file, `has ${Math.ceil(size / 1e6)} MB: a document has at most ${MAX_BYTES / 1e6} MB`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    throw wrong(file, `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** The error for a document. */
export function wrong(file: string, message: string, line?: number): ConfluentqlError {
  return new ConfluentqlError('PROVIDER', `${file}${line === undefined ? '' : `:${line}`}: ${message}`)
}
