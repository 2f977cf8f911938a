import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Method } from '../../src/catalog/types.ts'
import { compiledCatalog } from './compiled.ts'

/*
 * facts/<provider>.<service>.tsv lists what the API documents: a line for each method, with its
 * parameters (`name:in`, ! required, * repeatable, without those of paging), the required leaves of
 * its body, and its paging with the largest page; - for none.
 */
const factsDir = fileURLToPath(new URL('facts', import.meta.url))
const files = readdirSync(factsDir).sort()
const catalog = compiledCatalog()

function line(resource: string, method: Method): string {
  const params = method.params
    .filter(p => p.in !== 'host')
    .map(p => `${p.wire ?? p.name}:${p.in}${p.required ? '!' : ''}${p.repeat ? '*' : ''}`)
  const body = (method.body?.fields ?? []).filter(f => f.required).map(f => f.path)
  const paging =
    method.paging?.kind === 'token' ? `token ${method.paging.max ?? ''}`.trim() : method.paging?.kind
  return [
    resource,
    method.name,
    method.verb,
    method.http,
    method.path,
    params.sort().join(' ') || '-',
    body.sort().join(' ') || '-',
    paging ?? '-',
  ].join('\t')
}

describe('what the API documents', () => {
  it.each(files)('%s', file => {
    const [provider = '', service = ''] = file.split('.')
    const facts = readFileSync(`${factsDir}/${file}`, 'utf8').trimEnd().split('\n').slice(1)
    const resources = [...(catalog.service(provider, service)?.values() ?? [])]
    const lines = resources.flatMap(r => r.methods.map(m => line(r.name, m)))
    expect(lines.sort()).toEqual(facts.sort())
  })

  it('covers every service', () => {
    const services = catalog.providers().flatMap(p => p.services.map(s => `${p.name}.${s.name}.tsv`))
    expect(services.sort()).toEqual(files)
  })
})
