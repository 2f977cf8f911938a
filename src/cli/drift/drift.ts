import { catalogOf } from '../../catalog/sources/load.ts'
import { openProviders } from '../../providers.ts'
import { visible } from '../../render/display.ts'
import type { ResultColumn } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import type { World } from '../world.ts'
import { writeTable } from '../write-table.ts'
import { acceptanceText, sift } from './accepted.ts'
import { compare } from './compare.ts'
import { readDocuments } from './documents.ts'
import { match, type Matched, methodsOf } from './match.ts'

/** Exit status for differences that are not accepted, as of `diff`. */
const DIFFERENT = 3

/**
 * `confluentql provider drift PATH...`: compares provider files of our format with OpenAPI documents, shows what differs and
 * is not accepted, and returns the exit status.
 * @throws ConfluentqlError USAGE for a path that has no OpenAPI document
 */
export async function drift(paths: readonly string[], options: CliOptions, world: World): Promise<number> {
  const { operations, notices } = await readDocuments(paths)
  const { providers } = openProviders({ env: world.env })
  const compared = providers.filter(one => one.isWhole)
  const matched = match(methodsOf(catalogOf(compared)), operations)
  const { left, accepted, unused } = sift(
    compare(matched),
    compared.flatMap(one => one.accepted()),
  )
  const whole = wholeServices(matched)
  const stale = unused.filter(
    ({ provider, service }) => service !== undefined && whole.has(`${provider}.${service}`),
  )
  if (!options.quiet) {
    for (const text of notices) world.stderr.write(`notice: ${visible(text)}\n`)
    if (matched.undescribed.length > 0)
      world.stderr.write(`notice: no document describes ${matched.undescribed.join(', ')}\n`)
    for (const one of stale)
      world.stderr.write(`notice: accepted without need: ${visible(acceptanceText(one))}\n`)
  }
  const rows = left.map(f => [f.what, f.resource, f.call, f.name, f.ours, f.theirs])
  await writeTable('confluentql provider drift', COLUMNS, rows, options, world)
  if (!options.quiet)
    world.stderr.write(
      `${count(left.length, 'difference')}, ${accepted.toLocaleString('en-US')} accepted, in ${count(matched.pairs.length, 'call')}\n`,
    )
  return left.length > 0 ? DIFFERENT : 0
}

/** Services of which the documents describe every resource: what they accept can be judged. */
function wholeServices({ pairs, onlyOurs }: Matched): Set<string> {
  const described = pairs.flatMap(pair => pair.methods)
  const resources = new Set(described.map(one => one.resource))
  const whole = new Set(described.map(one => one.service))
  for (const { service, resource } of onlyOurs) if (!resources.has(resource)) whole.delete(service)
  return whole
}

const COLUMNS: readonly ResultColumn[] = [
  'difference',
  'resource',
  'call',
  'name',
  'provider_file',
  'documents',
].map(name => ({ name, type: 'string' }))
