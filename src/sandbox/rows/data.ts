import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ConfluentqlError } from '../../errors.ts'
import type { SeedRow } from './parts.ts'
import type { Behaviour, SandboxData } from '../types.ts'

/** Sandbox data as stored: without the rows, which are in a compressed file for each service, since they are most of the package. */
export interface WrittenData extends Omit<SandboxData, 'resources'> {
  readonly resources: Readonly<Record<string, Behaviour>>
}

/** Rows of a service by full name of their resource. */
export type WrittenRows = Readonly<Record<string, readonly SeedRow[]>>

/** The file of a service's rows, in a folder next to the main file. */
export function rowsFile(file: string, service: string): string {
  return join(dirname(file), basename(file, '.json'), `${service}.json.gz`)
}

/** `provider.service` of a resource's full name. */
export function serviceOf(resource: string): string {
  return resource.slice(0, resource.lastIndexOf('.'))
}

/** Reads sandbox data written by the build; the rows of a service are read when first used. */
export async function readSandboxData(file: string): Promise<SandboxData> {
  let data: WrittenData
  try {
    data = JSON.parse(await readFile(file, 'utf8')) as WrittenData
  } catch (error) {
    throw unreadable(file, error)
  }
  const services = new Map<string, WrittenRows>()
  const rowsFor = (resource: string) => {
    const service = serviceOf(resource)
    const rows = services.get(service) ?? readRows(rowsFile(file, service))
    services.set(service, rows)
    return rows[resource] ?? []
  }
  const resources = Object.entries(data.resources).map(([name, behaviour]) => {
    const rows = { enumerable: true, get: () => rowsFor(name) }
    return [
      name,
      Object.defineProperty({ ...behaviour }, 'rows', rows) as SandboxData['resources'][string],
    ] as const
  })
  return { ...data, resources: Object.fromEntries(resources) }
}

function readRows(file: string): WrittenRows {
  try {
    return JSON.parse(gunzipSync(readFileSync(file)).toString()) as WrittenRows
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, cause: unknown): ConfluentqlError {
  return new ConfluentqlError('PROVIDER', `cannot read the sandbox's data, ${file}`, {
    hint: 'build the project anew: npm run build',
    cause,
  })
}
