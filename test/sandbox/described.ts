import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { DEVIATIONS } from './deviations.ts'

/*
 * What Confluent's descriptions say of requests and answers, in described.json: a JSON Schema for the body of each
 * call, and for the answer of each status of success. `node scripts/describe.mjs PATH...` writes it.
 */

interface Call {
  readonly request?: object
  /** Null: no body. */
  readonly answers: Readonly<Record<string, object | null>>
}

interface Description {
  readonly definitions: Readonly<Record<string, object>>
  readonly calls: Readonly<Record<string, Call>>
}

const { definitions, calls } = JSON.parse(
  readFileSync(new URL('./described.json', import.meta.url), 'utf8'),
) as Description

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false, strictTypes: false })
ajv.addFormat('date-time', text => !Number.isNaN(Date.parse(text)))
ajv.addSchema({ $id: 'described', definitions: Object.fromEntries(Object.entries(definitions).map(closed)) })

/** An object of which members are described has no others. */
function closed([name, schema]: [string, object]): [string, object] {
  return [name, 'additionalProperties' in schema ? schema : { ...schema, additionalProperties: false }]
}

/** Calls by HTTP method and the form of their path; those with fewer parameters, or with a query, go before others. */
const forms = Object.keys(calls)
  .map(key => {
    const [http = '', path = '', query = ''] = key.split(/[ ?]/)
    const pattern = path
      .split('{}')
      .map(part => part.replaceAll(/[^\w/]/g, String.raw`\$&`))
      .join('[^/:]+')
    return { key, http, path, query, pattern: new RegExp(`^${pattern}$`) }
  })
  .sort((a, b) => a.path.split('{}').length - b.path.split('{}').length || b.query.length - a.query.length)

const validators = new Map<object, ValidateFunction>()

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema)
  if (known) return known
  const made = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"described#/')) as object)
  validators.set(schema, made)
  return made
}

/** The call that a request is of, such as `GET /iam/v2/users/{}`; undefined if it is not described. */
export function describedCall(http: string, url: URL): string | undefined {
  return forms.find(
    form =>
      form.http === http
      && form.pattern.test(url.pathname)
      && [...new URLSearchParams(form.query)].every(([name, value]) => url.searchParams.get(name) === value),
  )?.key
}

/** All calls that are described. */
export const describedCalls = (): readonly string[] => Object.keys(calls)

/** In which ways a request that was granted, and its answer, differ from the description; without accepted deviations. */
export function deviations(
  http: string,
  url: URL,
  request: unknown,
  answer: { readonly status: number; readonly body: unknown },
): string[] {
  const { status } = answer
  const key = status >= 200 && status < 300 ? describedCall(http, url) : undefined
  const call = key === undefined ? undefined : calls[key]
  if (key === undefined || call === undefined) return []
  const described = call.answers[String(status)]
  const found =
    described === undefined
      ? [`${key} answers ${status}, not ${Object.keys(call.answers).join(' or ')}`]
      : described === null
        ? []
        : differences(described, answer.body).map(text => `${key} answers ${text}`)
  const sent =
    call.request && typeof request === 'object'
      ? differences(call.request, request).map(text => `${key} is sent ${text}`)
      : []
  return [...new Set([...found, ...sent])].filter(text => !isAccepted(text))
}

const accepted = Object.values(DEVIATIONS).flatMap(patterns => Object.keys(patterns))
const needed = new Set<string>()

function isAccepted(text: string): boolean {
  const like = accepted.filter(pattern => isLike(text, pattern))
  for (const pattern of like) needed.add(pattern)
  return like.length > 0
}

/** The deviations of a test that nothing needed so far. */
export function unneeded(of: keyof typeof DEVIATIONS): readonly string[] {
  return Object.keys(DEVIATIONS[of]).filter(pattern => !needed.has(pattern))
}

function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const next = text.indexOf(part, at)
    if (next < 0) return false
    at = next + part.length
  }
  return at === text.length || pattern.endsWith('*')
}

function differences(schema: object, value: unknown): string[] {
  const validate = validatorOf(schema)
  return validate(value) ? [] : (validate.errors ?? []).map(textOf)
}

function textOf({ instancePath, keyword, params, message }: ErrorObject): string {
  const place = instancePath
    .replaceAll(/\/\d+(?=\/|$)/g, '[]')
    .replaceAll('/', '.')
    .replace(/^\./, '')
  const at = place === '' ? '' : `${place}: `
  if (keyword === 'required') return `${at}no ${String(params['missingProperty'])}`
  if (keyword === 'enum') return `${at}another value`
  if (keyword === 'additionalProperties') return `${at}one more, ${String(params['additionalProperty'])}`
  return `${at}${message ?? keyword}`
}
