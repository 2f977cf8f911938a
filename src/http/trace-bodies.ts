import type { Shape } from '../catalog/types.ts'
import { hideSecrets, isSecretName, MASK, maskText, secretsIn } from '../secrets.ts'
import { isFailure, type Outcome, type Request } from './exchange.ts'
import type { Hider } from './auth/hider.ts'
import { exactly, LONG_NUMBER } from './json.ts'
import type { RetryOptions } from './limits/retry.ts'
import type { Call, ClientOptions, Trace } from './types.ts'

/** Longer bodies are cut in traces, in characters. */
const LONGEST = 10_000
/** Shorter secrets of a request are not looked for in its answer: they occur in ordinary words. */
const SHORTEST = 4

/** A function that gives the bodies for a trace, if they are wanted. */
export function bodiesOf({ traceBodies: isWanted }: ClientOptions, hider: Hider): RetryOptions['bodies'] {
  return isWanted && ((request, outcome) => (isWanted() ? traceBodies(request, outcome, hider) : {}))
}

/** The bodies of a request and its answer for a trace, without secrets. */
export function traceBodies(
  request: Request,
  outcome: Outcome,
  hider: Hider,
): Pick<Trace, 'requestBody' | 'responseBody'> {
  const secrets: string[] = []
  const names = secretNames(request.call)
  const sent = request.body === undefined ? '' : masked(request.body, names, secrets)
  const received = isFailure(outcome) ? '' : masked(outcome.text, names, [])
  const known = secrets.filter(s => s.length >= SHORTEST)
  return {
    ...(sent !== '' && { requestBody: cut(hider.hide(sent)) }),
    ...(received !== '' && { responseBody: cut(hider.hide(hideSecrets(received, known))) }),
  }
}

function cut(text: string): string {
  const more = text.length - LONGEST
  return more > 0 ? `${text.slice(0, LONGEST)}… (${more} more characters)` : text
}

/** Names, in lower case, of the members that the catalog marks as secrets of a call. */
function secretNames(call: Call | undefined): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (name: string, shape: Shape): void => {
    if (shape.secret) names.add(name.toLowerCase())
    for (const [inner, field] of Object.entries(shape.fields ?? {})) add(inner, field)
    if (shape.items) add(name, shape.items)
  }
  const columns = [...(call?.resource?.columns ?? []), ...(call?.method.columns ?? [])]
  for (const column of columns) add(lastName(column.at ?? column.name), column)
  for (const field of call?.method.body?.fields ?? []) add(field.wire?.at(-1) ?? lastName(field.path), field)
  return names
}

/** The last member of a dotted path, or of a JSON path. */
function lastName(path: string): string {
  return /([^.[\]"$]+)[\]"]*$/.exec(path)?.[1] ?? path
}

const LONG_TEXT = new RegExp(`^${LONG_NUMBER}[\\d.eE+-]+$`)
const LONG_TEXTS = new RegExp(`"${LONG_NUMBER}([\\d.eE+-]+)"`, 'g')

function masked(text: string, names: ReadonlySet<string>, secrets: string[]): string {
  let data: unknown
  try {
    data = exactly(text)
  } catch {
    return maskedText(text, secrets)
  }
  return JSON.stringify(maskedData(data, names, secrets)).replace(LONG_TEXTS, '$1')
}

function maskedText(text: string, secrets: string[]): string {
  secrets.push(...secretsIn(text))
  return maskText(text)
}

function maskedData(value: unknown, names: ReadonlySet<string>, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map(v => maskedData(v, names, secrets))
  if (typeof value === 'string') return LONG_TEXT.test(value) ? value : maskedText(value, secrets)
  if (typeof value !== 'object' || value === null) return value
  const isSetting = Object.entries(value).some(
    ([key, name]) => (key === 'name' || key === 'key') && typeof name === 'string' && isSecretName(name),
  )
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => {
      const isSecret = names.has(name.toLowerCase()) || isSecretName(name) || (isSetting && name === 'value')
      return [name, isSecret ? maskedWhole(v, secrets) : maskedData(v, names, secrets)]
    }),
  )
}

/** A secret as a whole; an object keeps its names. */
function maskedWhole(value: unknown, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map(v => maskedWhole(v, secrets))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, maskedWhole(v, secrets)]))
  if (value === null || value === '') return value
  if (typeof value === 'string') secrets.push(value)
  return MASK
}
