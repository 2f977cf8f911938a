import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { ConfluentqlError } from '../errors.ts'
import { makeFolders } from '../folders.ts'
import { rowsFile, serviceOf, type WrittenData } from './rows/data.ts'
import { make } from './rows/document.ts'
import { mergeObjects, without } from './rows/json.ts'
import { momentMark } from './rows/days.ts'
import { randomFrom } from './rows/random.ts'
import { siteMark } from './rows/sites.ts'
import { milliseconds, type Scope } from './rows/template.ts'
import type { SeedRow } from './rows/parts.ts'
import type { Behaviour, JsonObject, SandboxData } from './types.ts'

/** A row in a seed module; its other values come from the resource's behaviour, as for a created row. */
export interface SeedEntry {
  /** Time of its creation, `now` in templates; default: that of the organization. */
  readonly at?: string
  /** Name of its server. */
  readonly site?: string
  /** Path parameters of its creation that are not members of it. */
  readonly keys?: Readonly<Record<string, string>>
  /** Values instead of those computed by `let`, mainly its id. */
  readonly let?: JsonObject
  readonly body?: JsonObject
  /** Merged over the created row. */
  readonly over?: JsonObject
  /** Dotted paths to remove from the created row. */
  readonly omit?: readonly string[]
}

/** The default export of seed.mjs: rows by the full name of their resource; the result must not vary. */
export type Seed = (given: {
  readonly now: string
  readonly vars: JsonObject
}) => Readonly<Record<string, readonly SeedEntry[]>>

interface Organization extends Omit<SandboxData, 'resources'> {
  readonly provider?: string
}

interface ServiceFile {
  readonly service: string
  /** Default for all resources of the service. */
  readonly errors?: Behaviour['errors']
  /** For all resources of the service, before their own. */
  readonly refuse?: Behaviour['refuse']
  readonly resources: Readonly<Record<string, (Behaviour & { readonly usual?: string }) | null>>
}

/** What a folder without organization.yaml has. */
const PLAIN: Omit<SandboxData, 'resources'> = {
  now: '2026-01-01T00:00:00.000000Z',
  credentials: { user: 'sandbox', password: 'sandbox' },
  vars: {},
  references: {},
}

export interface ComposeOptions {
  /** Name of the provider; default: the name of the folder above. */
  readonly provider?: string
  /** Imports a module, by its path. */
  readonly load?: (file: string) => Promise<unknown>
}

/**
 * Composes the sandbox data of providers.
 * @param srcDirs  folders with a YAML file of behaviour for each service, named after it; the first may also have
 *   organization.yaml, and seed.mjs with all rows
 */
export async function composeSandboxData(
  srcDirs: readonly string[],
  { provider, load = file => import(pathToFileURL(file).href) }: ComposeOptions = {},
): Promise<SandboxData> {
  const [main = ''] = srcDirs
  const file = join(main, 'organization.yaml')
  const { provider: _, ...organization } = {
    ...PLAIN,
    ...(existsSync(file) && ((await readYaml(file)) as Organization)),
  }
  const behaviours = new Map<string, Behaviour>()
  for (const dir of srcDirs)
    for (const [name, behaviour] of await readBehaviours(dir, provider ?? basename(dirname(resolve(dir)))))
      behaviours.set(name, behaviour)
  const module = resolve(main, 'seed.mjs')
  const seed = existsSync(module) ? ((await load(module)) as { default: Seed }).default : undefined
  const { now, vars, references } = organization
  const entries = seed?.({ now, vars }) ?? {}
  const unknown = Object.keys(entries).find(name => !behaviours.has(name))
  if (unknown !== undefined)
    throw new ConfluentqlError(
      'PROVIDER',
      `${main}: seed.mjs has rows of ${unknown}, but no file has its behaviour`,
    )
  const servers = Object.values(organization.planes ?? {}).flatMap(plane => plane.sites ?? [])
  const sites = Object.fromEntries(servers.map(name => [name, siteMark(name)]))
  const random = randomFrom(1)
  const resources = [...behaviours].map(([name, behaviour]) => {
    const rows = (entries[name] ?? []).map(entry => {
      const { at: time = now, keys: param = {}, site } = entry
      const names = {
        ...vars,
        now: time,
        now_ms: momentMark(milliseconds(time)),
        param,
        sites,
        ...(site !== undefined && { site }),
      }
      return makeRow(behaviour, entry, { names, references, random, site })
    })
    return [name, { ...behaviour, rows }] as const
  })
  return { ...organization, resources: Object.fromEntries(resources) }
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8')) as unknown
  } catch (cause) {
    const why = (cause as Error).message.split('\n')[0]
    throw new ConfluentqlError('PROVIDER', `cannot read ${file}: ${why}`, { cause })
  }
}

async function readBehaviours(
  dir: string,
  provider: string,
): Promise<readonly (readonly [string, Behaviour])[]> {
  const names = (await readdir(dir))
    .filter(name => name.endsWith('.yaml') && name !== 'organization.yaml')
    .sort()
  const files = await Promise.all(names.map(async name => (await readYaml(join(dir, name))) as ServiceFile))
  return files.flatMap(({ service, errors, refuse = [], resources }) =>
    Object.entries(resources).map(([name, written]) => {
      const { usual, ...own } = written ?? {}
      const behaviour = usual === undefined ? own : withUsual(usual, own)
      const refusals = [...refuse, ...(behaviour.refuse ?? [])]
      const whole = {
        ...(errors && { errors }),
        ...behaviour,
        ...(refusals.length > 0 && { refuse: refusals }),
      }
      return [`${provider}.${service}.${name}`, whole] as const
    }),
  )
}

/**
 * Expands `usual: api_version Kind /path crn` to what most resources have in common: kind, metadata and list.
 * The CRN is a template for its part below the organization.
 */
function withUsual(usual: string, own: Behaviour): Behaviour {
  const [api_version = '', kind = '', path = '', crn = ''] = usual.split(' ')
  const metadata = {
    self: `{cloud}${path}/{id}`,
    resource_name: `{org_crn}/${crn}`,
    created_at: '{now}',
    updated_at: '{now}',
  }
  const set: JsonObject = { api_version, kind, id: '{id}', metadata }
  return {
    ...own,
    set: mergeObjects(set, own.set),
    touch: mergeObjects({ metadata: { updated_at: '{now}' } }, own.touch),
    list: own.list ?? { api_version, kind: `${kind}List` },
  }
}

/** Writes the composed data: one JSON file, and next to it a folder with a file of rows for each service. */
export async function buildSandboxData(srcDirs: readonly string[], outFile: string): Promise<void> {
  const { resources, ...rest } = await composeSandboxData(srcDirs)
  const services = new Map<string, Record<string, readonly SeedRow[]>>()
  const behaviours: Record<string, Behaviour> = {}
  for (const [name, { rows, ...behaviour }] of Object.entries(resources)) {
    behaviours[name] = behaviour
    services.set(serviceOf(name), { ...services.get(serviceOf(name)), [name]: rows })
  }
  makeFolders(dirname(rowsFile(outFile, '')))
  const written: WrittenData = { ...rest, resources: behaviours }
  await writeFile(outFile, JSON.stringify(written))
  await Promise.all(
    [...services].map(([service, rows]) =>
      writeFile(rowsFile(outFile, service), gzipSync(JSON.stringify(rows), { level: 9 })),
    ),
  )
}

function makeRow(behaviour: Behaviour, entry: SeedEntry, scope: Scope): SeedRow {
  const made = make(behaviour, entry.body ?? {}, scope, entry.let ?? {})
  const doc = (entry.omit ?? []).reduce(without, mergeObjects(made.doc, entry.over))
  return {
    ...(entry.keys && { keys: entry.keys }),
    ...(entry.site !== undefined && { site: entry.site }),
    doc,
  }
}
