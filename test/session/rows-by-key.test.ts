import { describe, expect, it } from 'vitest'
import { compiledCatalog } from '../catalog/compiled.ts'
import { openSandbox } from './sandbox.ts'

const catalog = compiledCatalog()
const { session } = await openSandbox()
let compared = 0

/** What only the request of a list says: the scope of role bindings. */
const ONLY_IN_LISTS: ReadonlySet<string> = new Set(['scope'])

/** The resources that have a list, and an object by its id. */
const resources = catalog.providers().flatMap(provider =>
  [...catalog.names(provider.name).keys()].flatMap(service =>
    [...catalog.service(provider.name, service)!.values()]
      .filter(({ methods, columns }) => {
        const selects = methods.filter(m => m.verb === 'select' && m.stage !== 'deprecated')
        const takesId = (m: (typeof selects)[number]): boolean =>
          m.params.some(p => p.in === 'path' && p.column === 'id')
        return (
          columns.some(c => c.name === 'id' && c.type === 'string')
          && selects.some(takesId)
          && !selects.every(takesId)
        )
      })
      .map(
        ({ name }) =>
          [`${provider.name}.${service}.${name}`, columnsOf(provider.name, service, name)] as const,
      ),
  ),
)

function columnsOf(provider: string, service: string, name: string): readonly string[] {
  return catalog
    .resource(provider, service, name)!
    .columns.filter(c => !c.isHidden && !ONLY_IN_LISTS.has(c.name))
    .map(c => `"${c.name}"`)
}

describe('the row of an object by its id is that of the list', () => {
  it.each(resources)('%s', async (table, columns) => {
    const select = `SELECT ${columns.join(', ')} FROM ${table}`
    const listed = await session.all<{ id: string }>(select)
    if (listed.length > 0) compared++
    for (const row of listed.slice(0, 2))
      expect(await session.all(`${select} WHERE id = :id`, { id: row.id })).toEqual([row])
  })

  it('is compared for most resources', () => {
    expect(compared).toBeGreaterThan(40)
  })
})
