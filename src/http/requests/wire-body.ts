import type { Method } from '../../catalog/types.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * The body of a call as the API takes it: fields under their names there, and the members that the method always sends.
 * Undefined if there is none.
 */
export function wireBody({ body: described }: Method, body: unknown): unknown {
  const { constant, fields = [] } = described ?? {}
  if (body !== undefined && !isMap(body)) return body
  const renamed = fields.filter(f => f.wire !== undefined)
  const moved = renamed.reduce<Members | undefined>(
    (all, { path, wire }) => (all === undefined ? all : withMoved(all, path.split('.'), wire!)),
    body,
  )
  return constant === undefined ? moved : merged(constant, moved ?? {})
}

/** Members with the value at one path moved to another. */
function withMoved(all: Members, from: readonly string[], to: readonly string[]): Members {
  const value = from.reduce<unknown>(
    (at, name) => (isMap(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    all,
  )
  return value === undefined ? all : merged(without(all, from), nested(to, value))
}

function nested(path: readonly string[], value: unknown): Members {
  return path.reduceRight<unknown>((below, name) => Object.fromEntries([[name, below]]), value) as Members
}

/** Members without the value at a path, and without the objects that are empty then. */
function without(all: Members, [name = '', ...rest]: readonly string[]): Members {
  const value = all[name]
  const below = rest.length > 0 && isMap(value) ? without(value, rest) : {}
  const isEmpty = Object.keys(below).length === 0
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, one]) =>
      key !== name ? [[key, one]] : isEmpty ? [] : [[key, below]],
    ),
  )
}

/** Members of `base`, in which those of `over` take precedence. */
function merged(base: Members, over: Members): Members {
  const all = new Map<string, unknown>(Object.entries(base))
  for (const [name, value] of Object.entries(over)) {
    const known = all.get(name)
    all.set(name, isMap(known) && isMap(value) ? merged(known, value) : value)
  }
  return Object.fromEntries(all)
}

function isMap(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
