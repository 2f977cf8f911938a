/** Parts of a small StackQL provider; each replaces the part of its name. */
export interface StackqlParts {
  readonly auth?: string
  readonly servers?: string
  readonly reference?: string
  readonly resources?: string
  readonly schemas?: string
  /** Added to the response of the list. */
  readonly response?: string
  readonly head?: string
}

const AUTH = '{ type: bearer, credentialsenvvar: ACME_TOKEN }'
const SERVERS = `
  - url: https://{account}.acme.example
    variables: { account: { default: my-account } }`

/** A provider of StackQL's format: `acme.shop.widgets`, with a list, an insert and a delete. */
export function stackql(parts: StackqlParts = {}): Record<string, string> {
  const {
    auth = AUTH,
    servers = SERVERS,
    reference = 'acme/v1.0.0/services/shop.yaml',
    schemas = '',
    response = '',
    head = '',
  } = parts
  const resources = parts.resources ?? resource('widgets', response)
  return {
    'provider.yaml': `id: acme
name: acme
title: Acme
version: v1.0.0
providerServices:
  shop:
    id: shop:v1.0.0
    name: shop
    preferred: true
    service: { $ref: ${reference} }
    title: Shop
    version: v1.0.0
${auth === '' ? '' : `config: { auth: ${auth} }`}
`,
    'services/shop.yaml': `openapi: 3.0.0
info: { title: Shop, version: v1.0.0 }
${head}servers: ${servers}
paths:
  /widgets:
    get:
      operationId: list
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Widgets' } } } } }
    post:
      operationId: create
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Widget' } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Widget' } } } } }
  /widgets/{id}:
    delete:
      operationId: delete
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '204': { description: gone } }
components:
  schemas:
    Widgets: { type: object, properties: { items: { type: array, items: { $ref: '#/components/schemas/Widget' } } } }
    Widget: { type: object, properties: { id: { type: string }, name: { type: string } } }
${schemas}  x-stackQL-resources:
${resources}`,
  }
}

/** A resource of it. */
export function resource(name: string, response = ''): string {
  return `    ${name}:
      id: acme.shop.x
      name: x
      title: x
      methods:
        list:
          operation: { $ref: '#/paths/~1widgets/get' }
          response: { mediaType: application/json, openAPIDocKey: '200'${response} }
        create:
          operation: { $ref: '#/paths/~1widgets/post' }
          response: { mediaType: application/json, openAPIDocKey: '200' }
        delete:
          operation: { $ref: '#/paths/~1widgets~1{id}/delete' }
          response: { openAPIDocKey: '204' }
      sqlVerbs:
        select: [{ $ref: '#/components/x-stackQL-resources/x/methods/list' }]
        insert: [{ $ref: '#/components/x-stackQL-resources/x/methods/create' }]
        delete: [{ $ref: '#/components/x-stackQL-resources/x/methods/delete' }]
        update: []
`.replaceAll('resources/x/', `resources/${name.replaceAll(/['"]/g, '')}/`)
}
