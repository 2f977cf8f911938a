import { describe, expect, it } from 'vitest'
import type { Method, Param, Parent, Resource } from '../../src/catalog/types.ts'
import { profileOf } from '../../src/sandbox-profile.ts'
import { harness, rowsOf } from '../session/support.ts'
import { compiledCatalog } from './compiled.ts'

const catalog = compiledCatalog()
const resources = catalog
  .providers()
  .flatMap(p => p.services.flatMap(s => [...catalog.service(p.name, s.name)!.values()]))
  .filter(r => r.methods.some(m => m.verb === 'select'))
const nameOf = ({ provider, service, name }: Resource): string => `${provider}.${service}.${name}`
const keysOf = (parent: Parent): readonly string[] =>
  'key' in parent ? [parent.key] : Object.keys(parent.keys)

/** The parameters that a call needs: the base URL as well, where each cluster has its own. */
function needed({ provider }: Resource, method: Method): Param[] {
  const host = catalog.provider(provider)!.hosts[method.host]!
  return method.params.filter(
    p =>
      (p.required && p.range === undefined)
      || (p.in === 'host' && p.name === host.urlParam && host.url === ''),
  )
}

describe('every required parameter of a SELECT', () => {
  it('has a parent, or a reason why it is given', () => {
    const without = resources.flatMap(resource => {
      const known = new Set([
        ...(resource.parents ?? []).flatMap(keysOf),
        ...Object.keys(resource.given ?? {}),
      ])
      const selects = resource.methods.filter(m => m.verb === 'select')
      const ways = selects.map(m => needed(resource, m).filter(p => !known.has(p.column ?? p.name)))
      return ways.some(w => w.length === 0)
        ? []
        : ways.map(w => `${nameOf(resource)} needs ${w.map(p => p.column ?? p.name).join(', ')}`)
    })
    expect(without).toEqual([])
  })

  const { open } = harness()
  it('has a parent that has the columns', async () => {
    const session = open()
    const queries = new Set(
      resources.flatMap(r =>
        (r.parents ?? []).flatMap(p =>
          'table' in p
            ? `SELECT ${Object.values(p.keys)
                .map(path =>
                  path
                    .split('.')
                    .map(n => `"${n}"`)
                    .join('.'),
                )
                .join(', ')} FROM ${p.table}`
            : [],
        ),
      ),
    )
    expect(queries.size).toBeGreaterThan(30)
    for (const sql of queries) await expect(session.plan(sql), sql).resolves.toBeDefined()
  })
})

describe('in the sandbox, with one set of credentials', () => {
  const { open, sandbox } = harness()
  it('count(*) answers for every table', async () => {
    const session = open({ profile: profileOf(() => sandbox().sites) })
    const counts: Record<string, number> = {}
    const failed: string[] = []
    for (const resource of resources) {
      const name = nameOf(resource)
      try {
        const [[count] = []] = await rowsOf(session, `SELECT count(*) FROM ${name}`)
        counts[name] = Number(count)
      } catch (error) {
        if (!resource.given) failed.push(`${name}: ${(error as Error).message}`)
      }
    }
    expect(failed).toEqual([])
    expect(Object.keys(counts).filter(name => counts[name] === 0)).toEqual([])
  }, 300_000)
})
