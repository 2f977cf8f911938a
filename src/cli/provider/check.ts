import { promises } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UnsupportedMethod } from '../../catalog/types.ts'
import { type Documents, openDocuments } from '../../registry/inspect.ts'
import { fetchDocuments } from '../../registry/origin.ts'
import { installedProvider } from '../../registry/record.ts'
import { writeDocuments } from '../../registry/store.ts'
import { visible } from '../../render/display.ts'
import type { ResultColumn } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import type { World } from '../world.ts'
import { writeTable } from '../write-table.ts'
import { mistakesOf, withPlace } from './place.ts'

/** Exit status for methods that cannot be called. */
const FOUND = 3

const COLUMNS: readonly ResultColumn[] = [
  ...['service', 'table', 'method', 'sql', 'call', 'reason'].map(name => ({ name, type: 'string' as const })),
  { name: 'line', type: 'integer' },
]

/** A method that cannot be called, or a service whose document cannot be read. */
type Row = readonly (string | number | null)[]

/**
 * `confluentql provider check PLACE|NAME`: compiles all services of a provider that was added, or of documents anywhere; shows
 * the methods that cannot be called. The exit status is 3 if there are some.
 */
export async function check(
  place: string,
  options: CliOptions,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const added = /^\w+$/.test(place) ? installedProvider(world.env, place) : undefined
  if (added) return report(added.dir, added.name, options, world)
  const { files } = await fetchDocuments(place, world.env, signal)
  const dir = await promises.mkdtemp(join(tmpdir(), 'confluentql-check-'))
  try {
    await writeDocuments(dir, files)
    return await report(dir, place, options, world)
  } finally {
    await promises.rm(dir, { recursive: true, force: true })
  }
}

async function report(dir: string, place: string, options: CliOptions, world: World): Promise<number> {
  const say = (text: string): void => {
    if (!options.quiet) world.stderr.write(`${visible(text)}\n`)
  }
  let documents: Documents
  try {
    documents = await openDocuments(dir)
  } catch (error) {
    throw withPlace(error, dir, place)
  }
  const rows: Row[] = documents.leftOut.map(({ service, reason }) => faultOf(service, reason))
  let all = 0
  for (const { name } of documents.provider.services) {
    try {
      const { resources } = documents.service(name)
      const methods = resources.reduce((n, resource) => n + resource.methods.length, 0)
      const left = resources.flatMap(resource =>
        (resource.unsupported ?? []).map(method => rowOf(name, resource.name, method)),
      )
      rows.push(...left)
      all += methods + left.length
      say(
        `${name}: ${count(resources.length, 'table')}, ${methods} of ${count(methods + left.length, 'method')}`,
      )
    } catch (error) {
      const mistakes = mistakesOf(error, dir, place)
      if (!mistakes) throw error
      rows.push(...mistakes.map(mistake => faultOf(name, mistake)))
      say(`${name}: cannot be used`)
    }
  }
  await writeTable('confluentql provider check', COLUMNS, rows, options, world)
  const left = rows.filter(([, table]) => table !== null).length
  say(`${documents.provider.name}: ${all - left} of ${count(all, 'method')} can be called`)
  return rows.length > 0 ? FOUND : 0
}

/** A service that cannot be used. */
const faultOf = (service: string, reason: string): Row => [service, null, null, null, null, reason, null]

const rowOf = (service: string, table: string, method: UnsupportedMethod): Row => [
  service,
  table,
  method.name,
  method.verb.toUpperCase(),
  method.call,
  method.reason,
  method.line ?? null,
]
