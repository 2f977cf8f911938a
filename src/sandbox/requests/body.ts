import type { Body, Shape } from '../../catalog/types.ts'
import { at, define, isObject, mergeObjects, nest } from '../rows/json.ts'
import { failure, type Reply } from '../reply.ts'
import type { Json, JsonObject, Pattern } from '../types.ts'

/** The accepted parts of a body, or its refusal. */
export type Taken = { readonly body: JsonObject } | { readonly refused: Reply }

/**
 * Reads a request's body for a method: required fields must be present, and fields must
 * have their type; read-only and unknown fields are ignored.
 */
export function takeBody(
  declared: Body | undefined,
  patterns: Readonly<Record<string, string | Pattern>>,
  { text, media }: { text: string; media: string | undefined },
): Taken {
  if (declared === undefined) return { body: {} }
  const parsed = parse(declared, text, media)
  if ('refused' in parsed) return parsed
  let body: JsonObject = {}
  for (const field of declared.fields) {
    const value = at(parsed.body, field.path)
    if (value === undefined || value === null) {
      if (field.required) return refuse(field.path, 'is required')
      if (value === undefined) continue
    }
    const problem = value === null || field.json ? undefined : mismatch(value, field)
    if (problem !== undefined) return refuse(`${field.path}${problem.path}`, problem.text)
    const pattern = patterns[field.path]
    const unlike =
      pattern === undefined || value === null ? undefined : mismatched(pattern, field.path, String(value))
    if (unlike !== undefined) return { refused: unlike }
    body = mergeObjects(body, nest(field.path, prune(value, field)))
  }
  return { body }
}

/** Accepts any body, to be stored at the path `into` of a row. */
export function takeWhole({ text, media }: { text: string; media: string | undefined }, into: string): Taken {
  const parsed = parse({ media: 'application/json', kind: 'object', fields: [] }, text, media)
  return 'refused' in parsed ? parsed : { body: nest(into, parsed.body) as JsonObject }
}

function parse(declared: Body, text: string, media: string | undefined): Taken {
  if (declared.kind === 'form') return { body: formBody(declared, text) }
  if (text.trim() === '') return { body: {} }
  if (!/^application\/([\w.-]+\+)?json\b/i.test(media ?? '')) {
    return {
      refused: failure(415, 'The body must be sent as application/json', { code: 'unsupported_media_type' }),
    }
  }
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return { refused: failure(400, 'The body is not valid JSON', { code: 'invalid_request_body' }) }
  }
  const inner =
    declared.kind === 'array' && Array.isArray(value) && value.length === 1
      ? (value as readonly Json[])[0]
      : value
  if (!isObject(inner))
    return {
      refused: failure(400, `The body must be a JSON ${declared.kind}`, { code: 'invalid_request_body' }),
    }
  return { body: inner }
}

function formBody({ fields }: Body, text: string): JsonObject {
  const isNumber = (name: string) =>
    fields.some(({ path, type }) => path === name && (type === 'integer' || type === 'number'))
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [name, isNumber(name) ? Number(value) : value]),
  )
}

/** Refuses a text that does not match the pattern for the part of a body, or the parameter of the path, of that name. */
export function mismatched(pattern: string | Pattern, name: string, text: string): Reply | undefined {
  const { matches, detail, number }: Pattern = typeof pattern === 'string' ? { matches: pattern } : pattern
  if (new RegExp(matches, 'u').test(text)) return undefined
  return detail === undefined
    ? invalid(name, `does not have the form ${matches}`)
    : failure(422, detail, { number })
}

function refuse(path: string, text: string): Taken {
  return { refused: invalid(path, text) }
}

function invalid(path: string, text: string): Reply {
  return failure(422, `${path} ${text}`, {
    code: 'invalid_configuration',
    pointer: `/${path.replaceAll('.', '/')}`,
  })
}

interface Problem {
  readonly path: string
  readonly text: string
}

const CHECKS: Readonly<Record<Shape['type'], (value: Json) => boolean>> = {
  string: value => typeof value === 'string',
  timestamp: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  integer: Number.isInteger,
  number: value => typeof value === 'number',
  boolean: value => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
}

function mismatch(value: Json, shape: Shape): Problem | undefined {
  if (!CHECKS[shape.type](value)) return { path: '', text: `must be of type ${shape.type}` }
  if (Array.isArray(value) && shape.items !== undefined) {
    for (const [index, element] of (value as readonly Json[]).entries()) {
      const problem = mismatch(element, shape.items)
      if (problem !== undefined) return { path: `.${index}${problem.path}`, text: problem.text }
    }
  }
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(shape.fields ?? {})) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      const problem = member === undefined || member === null ? undefined : mismatch(member, inner)
      if (problem !== undefined) return { path: `.${name}${problem.path}`, text: problem.text }
    }
  }
  return undefined
}

/** Removes members that are not among an object's known fields. */
function prune(value: Json, shape: Shape): Json {
  if (Array.isArray(value)) {
    const { items } = shape
    return items === undefined ? value : (value as readonly Json[]).map(element => prune(element, items))
  }
  const { fields } = shape
  if (!isObject(value) || fields === undefined || Object.keys(fields).length === 0) return value
  const pruned: Record<string, Json> = {}
  for (const [name, inner] of Object.entries(fields)) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined
    if (member !== undefined) define(pruned, name, prune(member, inner))
  }
  return pruned
}
