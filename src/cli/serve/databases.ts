import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolders } from '../../folders.ts'
import { Pool, type Profile, type SessionOptions } from '../../index.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { builtInProviders } from '../../providers.ts'
import { definitionOf, hashOf } from '../../server/catalog/definition.ts'
import { relationsOf } from '../../server/catalog/relations.ts'
import { Evaluators } from '../../server/evaluate/evaluators.ts'
import { PGLITE_VERSION } from '../../server/evaluate/package.ts'
import { Database, namingOf } from '../../server/run/database.ts'
import type { CliOptions } from '../args/options.ts'
import { poolOptions } from '../pool-options.ts'
import { severalProfiles } from '../profiles.ts'
import type { World } from '../world.ts'

const EVALUATOR = fileURLToPath(new URL('./evaluator.js', import.meta.url))

/** The databases of a server: one for each profile, else one with the name of the first provider. */
export async function openDatabases(
  options: CliOptions,
  world: World,
  signal: AbortSignal,
  sandbox?: { readonly env: Readonly<Record<string, string>>; readonly profile: Profile },
): Promise<{ databases: ReadonlyMap<string, Database>; evaluators: Evaluators }> {
  const common: SessionOptions = {
    ...poolOptions(options, world, sandbox),
    showSecrets: options.showSecrets,
    // rows that are left out would be missing without a word
    skipUnreachable: false,
    // keys that the server has read
    rowsInJson: true,
  }
  // whatever others are installed
  const own = builtInProviders().map(p => p.name)
  const provider = own[0]!
  const names = sandbox ? undefined : severalProfiles(options.profile)
  const pools = new Map(
    (names ?? [undefined]).map(
      name =>
        [
          name ?? provider,
          new Pool({ ...common, profile: name ?? sandbox?.profile ?? options.profile }),
        ] as const,
    ),
  )
  const first = [...pools.values()][0]!
  const planner = first.session()
  const relations = await relationsOf(first.catalog, own, async view => {
    const plan = await planner.plan(`DESCRIBE ${view}`)
    const rows = plan.kind === 'rows' ? plan.rows : []
    return rows.map(([name, type]) => ({ name: String(name), type: (type ?? 'any') as PlanColumn['type'] }))
  })
  await planner.close()
  const definition = definitionOf(relations)
  const all = [...pools.keys()]
  const namings = new Map(
    all.map(
      name =>
        [
          name,
          namingOf(
            name,
            all.filter(n => n !== name),
          ),
        ] as const,
    ),
  )
  const isOnly = all.length === 1
  const dump = dumpFile(definition, world)
  const start = { dump, definition, naming: isOnly ? namings.get(all[0]!)! : '' }
  if (dump !== undefined && !existsSync(dump)) await writeDump(start, world, signal)
  const evaluators = new Evaluators(EVALUATOR, start)
  const databases = new Map(
    [...pools].map(([name, pool]) => {
      const prologue = isOnly ? '' : namings.get(name)!
      return [name, new Database(name, { provider, pool, relations, evaluators, prologue })] as const
    }),
  )
  return { databases, evaluators }
}

/** Writes the empty database, for which the first connection would wait much longer than for the dump to be loaded. */
async function writeDump(
  start: ConstructorParameters<typeof Evaluators>[1],
  { stderr }: World,
  signal: AbortSignal,
): Promise<void> {
  stderr.write('preparing Postgres, once for these tables, which takes some seconds\n')
  try {
    await new Evaluators(EVALUATOR, start).prepare(signal)
  } catch {
    // the first connection tries again, and its error says why it failed
  }
}

/** Where the empty database is kept between runs; undefined if there is no place. */
function dumpFile(definition: string, { env }: World): string | undefined {
  const folder = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'confluentql')
  try {
    makeFolders(folder, 0o700)
  } catch {
    return undefined
  }
  return join(folder, `postgres-${hashOf(definition, PGLITE_VERSION)}.tar.gz`)
}
