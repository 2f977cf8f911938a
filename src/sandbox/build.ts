import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { ConfluentqlError } from '../errors.ts'
import { make } from './document.ts'
import { mergeObjects } from './json.ts'
import { randomFrom } from './random.ts'
import type { Scope } from './template.ts'
import type { Behaviour, JsonObject, SandboxData, SeedRow, Template } from './types.ts'

/** A row as a seed module tells it; what it does not say comes from the resource's behaviour, as on a creation. */
export interface Birth {
  /** When it was made: its `now`. */
  readonly at: string
  /** Path parameters it was made under that are no part of it. */
  readonly keys?: Readonly<Record<string, string>>
  /** Values instead of those that `let` would compute: its id, above all. */
  readonly let?: JsonObject
  readonly body?: JsonObject
  /** Merged over what came out. */
  readonly over?: JsonObject
  /** Members of what came out to leave out. */
  readonly omit?: readonly string[]
}

/** The default export of seed.mjs: rows by full name of their resource, the same ones every time. */
export type Seed = (given: { readonly now: string; readonly vars: JsonObject }) => Readonly<Record<string, readonly Birth[]>>

interface Organization {
  readonly provider: string
  readonly now: string
  readonly credentials: SandboxData['credentials']
  readonly vars: JsonObject
  readonly references: Readonly<Record<string, Template>>
}

interface ServiceFile {
  readonly service: string
  readonly resources: Readonly<Record<string, Behaviour>>
}

/**
 * Puts a provider's sandbox data together.
 * @param srcDir  folder with organization.yaml, a YAML file of behaviour for each service, and seed.mjs
 */
export async function composeSandboxData(srcDir: string): Promise<SandboxData> {
  const names = (await readdir(srcDir)).filter((name) => name.endsWith('.yaml')).sort()
  const read = async (name: string) => parse(await readFile(join(srcDir, name), 'utf8')) as unknown
  const { provider, now, credentials, vars, references } = (await read('organization.yaml')) as Organization
  const behaviours = new Map<string, Behaviour>()
  for (const name of names.filter((other) => other !== 'organization.yaml')) {
    const { service, resources } = (await read(name)) as ServiceFile
    for (const [resource, behaviour] of Object.entries(resources)) behaviours.set(`${provider}.${service}.${resource}`, behaviour ?? {})
  }
  const { default: seed } = (await import(pathToFileURL(resolve(srcDir, 'seed.mjs')).href)) as { default: Seed }
  const births = seed({ now, vars })
  const unknown = Object.keys(births).find((name) => !behaviours.has(name))
  if (unknown !== undefined)
    throw new ConfluentqlError('PROVIDER', `${srcDir}: seed.mjs has rows of ${unknown}, whose behaviour no file tells`)
  const random = randomFrom(1)
  const resources = [...behaviours].map(([name, behaviour]) => {
    const rows = (births[name] ?? []).map((birth) =>
      bear(behaviour, birth, { names: { ...vars, now: birth.at, param: birth.keys ?? {} }, references, random }),
    )
    return [name, { ...behaviour, rows }] as const
  })
  return { now, credentials, vars, references, resources: Object.fromEntries(resources) }
}

/** Writes what `composeSandboxData` gives as one JSON file. */
export async function buildSandboxData(srcDir: string, outFile: string): Promise<void> {
  const data = await composeSandboxData(srcDir)
  await mkdir(dirname(outFile), { recursive: true })
  await writeFile(outFile, JSON.stringify(data))
}

function bear(behaviour: Behaviour, birth: Birth, scope: Scope): SeedRow {
  const made = make(behaviour, birth.body ?? {}, scope, birth.let ?? {})
  const whole = mergeObjects(made.doc, birth.over)
  const doc = Object.fromEntries(Object.entries(whole).filter(([name]) => birth.omit?.includes(name) !== true))
  return birth.keys === undefined ? { doc } : { keys: birth.keys, doc }
}
