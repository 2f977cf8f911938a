import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { DEVIATIONS } from './deviations.ts'

/*
 * What Confluent's descriptions say of requests and answers, in described.json: an OpenAPI document without texts.
 * `node scripts/describe.mjs PATH...` writes it.
 */

interface Content {
  readonly content?: { readonly 'application/json': { readonly schema: object } }
}

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { requestBody?: Content; responses?: Record<string, Content> }>>>
  >
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const { paths, components } = JSON.parse(
  readFileSync(new URL('./described.json', import.meta.url), 'utf8'),
) as Description

interface Call {
  readonly request: object | undefined
  /** Undefined: no body. */
  readonly answers: Readonly<Record<string, object | undefined>>
}

const schemaIn = (content: Content | undefined): object | undefined =>
  content?.content?.['application/json'].schema

/** By HTTP method and path, without the names of parameters. */
const calls: Readonly<Record<string, Call>> = Object.fromEntries(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([http, { requestBody, responses }]) =>
      responses === undefined
        ? []
        : [
            [
              `${http.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
              {
                request: schemaIn(requestBody),
                answers: Object.fromEntries(
                  Object.entries(responses).map(([status, answer]) => [status, schemaIn(answer)]),
                ),
              },
            ],
          ],
    ),
  ),
)

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false, strictTypes: false })
ajv.addFormat('date-time', text => !Number.isNaN(Date.parse(text)))
ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
ajv.addSchema({
  $id: 'described',
  definitions: Object.fromEntries(Object.entries(components.schemas).map(closed)),
})

/** An object of which members are described has no others. */
function closed([name, schema]: [string, object]): [string, object] {
  const whole = referring(schema)
  return [name, 'additionalProperties' in whole ? whole : { ...whole, additionalProperties: false }]
}

function referring(schema: object): object {
  const text = JSON.stringify(schema).replaceAll('"#/components/schemas/', '"described#/definitions/')
  return JSON.parse(text) as object
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
  const made = ajv.compile(referring(schema))
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
  const found = !Object.hasOwn(call.answers, String(status))
    ? [`${key} answers ${status}, not ${Object.keys(call.answers).join(' or ')}`]
    : described
      ? differences(described, answer.body).map(text => `${key} answers ${text}`)
      : []
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
