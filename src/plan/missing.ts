import type { Catalog, Method, Param } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Ref } from './bound.ts'
import type { Alternatives } from './filters.ts'
import { fullName, spanOf } from './names.ts'

/** The error for tables that no method can reach: per table and method what is missing, and which columns could supply it. */
export function missingParameters(catalog: Catalog, refs: readonly Ref[], known: (ref: Ref) => Alternatives): ConfluentqlError {
  const [first] = refs
  const messages = refs.map(r => describe(catalog, r, known(r)))
  return new ConfluentqlError('MISSING_PARAMETER', messages.map(m => m.message).join('; '), {
    hint: [...new Set(messages.flatMap(m => m.hints))].join('; '),
    ...(first && { span: spanOf(first.source, first.name) }),
  })
}

function describe(catalog: Catalog, ref: Ref, known: Alternatives): { message: string; hints: string[] } {
  const name = fullName(ref.resource)
  const missing = (m: Method): Param[] => m.params.filter(p => p.required && !known.every(a => p.column !== undefined && a.has(p.column)))
  const selects = ref.resource.methods.filter(m => m.verb === 'select')
  if (selects.length === 0) {
    const verbs = [...new Set(ref.resource.methods.map(m => m.verb.toUpperCase()))]
    return { message: `${name} cannot be read: it has no SELECT method`, hints: [`its methods are for ${verbs.join(', ')}; SHOW METHODS IN ${name} lists them`] }
  }
  const ways = selects.map(m => missing(m).map(p => p.name)).sort((a, b) => a.length - b.length)
  const quoted = (names: readonly string[]): string => names.map(n => `"${n}"`).join(' and ')
  const options = [...new Set(ways.map(quoted))]
  if (options.includes('')) return { message: `${name} needs a value that no table before it can give`, hints: ['two tables wait for each other: give one of the values in WHERE'] }
  const shortest = ways.find(w => w.length > 0) ?? []
  const supply = shortest.flatMap(n => suppliers(catalog, ref, n).slice(0, 2).map(s => `${n} is ${s}`))
  const example = shortest.map(n => `${/^\w+$/.test(n) || n.includes('.') ? n : `"${n}"`} = '…'`).join(' AND ')
  const hints = [`add WHERE ${example}, or join a table that has it${supply.length > 0 ? ` (${supply.join(', ')})` : ''}`]
  return { message: `${name} needs ${options.join(', or ')}`, hints }
}

/** Columns of the same provider that look like the parameter: `id` of a resource of that name, or a column of the same name. */
function suppliers(catalog: Catalog, ref: Ref, param: string): string[] {
  const bare = param.split('.').at(-1)!.replace(/_id$/, '')
  const provider = catalog.provider(ref.resource.provider)
  const resources = provider?.services.flatMap(s => [...(catalog.service(provider.name, s.name)?.values() ?? [])]) ?? []
  const named = resources.filter(r => r !== ref.resource && singular(r.name) === bare && r.columns.some(c => c.name === 'id'))
  const ending = named.length > 0 ? [] : resources.filter(r => r !== ref.resource && r.columns.some(c => c.name === 'id') && bare.endsWith(`_${singular(r.name)}`))
  return [...named, ...ending].map(r => `${fullName(r)}.id`)
}

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/s$/, '')
}
