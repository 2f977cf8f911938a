import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, folder, type Outcome } from '../cli/support.ts'

const YAML = `openapi: 3.0.0
info: { title: Regions, description: Where things are }
paths:
  /rtce/v1/regions:
    get:
      summary: List regions
      parameters:
        - { name: colour, in: query, description: Of the flag, schema: { type: string } }
      responses:
        '200': { description: Regions, content: { application/json: { schema: { type: object } } } }
`
const files = (all: Readonly<Record<string, string>>): string => {
  const dir = folder()
  mkdirSync(join(dir, 'empty'))
  for (const [name, text] of Object.entries(all)) writeFileSync(join(dir, name), text)
  return dir
}
const drift = (dir: string, ...args: string[]): Promise<Outcome> =>
  cli(['provider', 'drift', ...args], { cwd: dir })

describe.concurrent('provider drift', () => {
  it('shows what differs, in every format, with exit status 3', async () => {
    const dir = files({ 'a.yaml': YAML })
    const table = await drift(dir, 'a.yaml')
    expect(table.status).toBe(3)
    expect(table.stdout).toMatch(
      /parameter +\| confluent\.rtce\.regions +\| GET \/rtce\/v1\/regions +\| colour/,
    )
    expect(table.stderr).toMatch(/notice: no document describes .*confluent\.iam, /)
    expect(table.stderr).toMatch(/\d+ differences, \d+ accepted, in 1 call\n$/)
    const { stdout, stderr, status } = await drift(dir, '.', '-qo', 'json')
    expect([stderr, status]).toEqual(['', 3])
    expect(JSON.parse(stdout)).toContainEqual({
      difference: 'parameter',
      resource: 'confluent.rtce.regions',
      call: 'GET /rtce/v1/regions',
      name: 'colour',
      provider_file: null,
      documents: 'query string',
    })
    expect((await drift(dir, 'a.yaml', '--out', 'found.csv')).status).toBe(3)
    expect((await drift(dir, 'a.yaml', '-qo', 'csv')).stdout).toMatch(
      /^difference,resource,call,name,provider_file,documents\n/,
    )
  })

  it('documents that describe nothing of ours, and nothing else, are no difference', async () => {
    const dir = files({ 'a.json': '{"openapi":"3.1.0","paths":{}}' })
    expect(await drift(dir, 'a.json', '-q')).toMatchObject({ stdout: '', stderr: '', status: 0 })
  })

  it('a reference that leads nowhere is told, and stands for anything', async () => {
    const ref = "{ $ref: '#/components/schemas/Gone' }"
    const dir = files({ 'a.yaml': YAML.replace('{ type: object }', ref) })
    const { stderr, status } = await drift(dir, 'a.yaml')
    expect(status).toBe(3)
    expect(stderr).toContain('notice: a.yaml refers to what it does not have: #/components/schemas/Gone\n')
  })

  it.each<readonly [args: readonly string[], message: RegExp]>([
    [['none.yaml'], /^error: cannot read none\.yaml: there is no such file\n$/],
    [['empty'], /^error: empty has no OpenAPI document\nhint: documents end in \.json, \.yaml, \.yml\n$/],
    [['broken.yaml'], /^error: cannot read broken\.yaml: .* at line 2, column 1/],
    [['broken.json'], /^error: cannot read broken\.json: .*JSON/],
    [['list.json'], /^error: list\.json is no OpenAPI 3 document: it holds no object\n$/],
    [['other.yaml'], /^error: other\.yaml is no OpenAPI 3 document: it has no paths\n$/],
    [['old.yaml'], /^error: old\.yaml is no OpenAPI 3 document: it is of Swagger 2\.0/],
    [['round.yaml'], /^error: round\.yaml is no OpenAPI 3 document: .* refers to itself\n$/],
    [['far.yaml'], /^error: far\.yaml .* only references within the document are followed\n$/],
    [['path.yaml'], /^error: path\.yaml is no OpenAPI 3 document: paths\.a does not begin with \//],
  ])('%s is refused', async (args, message) => {
    const dir = files({
      'broken.yaml': 'paths: [\n',
      'broken.json': '{"paths":',
      'list.json': '[]',
      'other.yaml': 'openapi: 3.0.0\n',
      'old.yaml': "swagger: '2.0'\npaths: {}\n",
      'round.yaml': "paths: { /a: { $ref: '#/paths/~1a' } }\n",
      'far.yaml': "paths: { /a: { $ref: 'other.yaml#/paths/~1a' } }\n",
      'path.yaml': 'paths: { a: {} }\n',
    })
    const { stdout, stderr, status } = await drift(dir, ...args)
    expect([stdout, status]).toEqual(['', 2])
    expect(stderr).toMatch(message)
  })

  it('says what is missing or unknown in its command line', async () => {
    const dir = folder()
    const run = (...args: string[]): Promise<Outcome> => cli(['provider', ...args], { cwd: dir })
    const hint = 'hint: usage: confluentql provider add|list|update|remove|check|docs|drift\n'
    expect(await run()).toMatchObject({
      stdout: '',
      stderr: `error: provider needs an action\n${hint}`,
      status: 2,
    })
    expect(await run('drift')).toMatchObject({
      stdout: '',
      stderr: 'error: PATH is missing\nhint: usage: confluentql provider drift PATH...\n',
      status: 2,
    })
    expect(await run('drfit', 'a')).toMatchObject({
      stdout: '',
      stderr: `error: provider has no "drfit"; did you mean "drift"?\n${hint}`,
      status: 2,
    })
  })
})
