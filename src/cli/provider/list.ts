import { installedProviders } from '../../registry/record.ts'
import { maskUrl } from '../../secrets.ts'
import type { ResultColumn } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import type { World } from '../world.ts'
import { writeTable } from '../write-table.ts'

const COLUMNS: readonly ResultColumn[] = [
  { name: 'name', type: 'string' },
  { name: 'title', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'services', type: 'integer' },
  { name: 'tables', type: 'integer' },
  { name: 'from', type: 'string' },
  { name: 'added', type: 'timestamp' },
]

/** `confluentql provider list`: the added providers. */
export async function list(options: CliOptions, world: World): Promise<number> {
  const found = installedProviders(world.env)
  const rows = found.map(one => [
    one.name,
    one.title,
    one.version,
    one.services,
    one.tables,
    maskUrl(one.from),
    one.added,
  ])
  await writeTable('confluentql provider list', COLUMNS, rows, options, world)
  if (found.length === 0 && !options.quiet)
    world.stderr.write('no provider was added; SHOW PROVIDERS lists those that come with confluentql\n')
  return 0
}
