import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '../../folders.ts'
import type { Accepted } from '../compile/accepted.ts'
import type { Provider, Resource } from '../types.ts'

/*
 * The form of compiled providers: a folder with provider.json, names.json with the names of all resources, accepted.json, and a file for each
 * service. Its first line is an index, then each line is a resource, so that one resource is read without parsing the others.
 */

/** A compiled service. */
export interface CompiledService {
  readonly service: string
  readonly resources: readonly Resource[]
}

/** The names of resources, by service. */
export type Names = Readonly<Record<string, readonly string[]>>

/** Reads the resources of a service. */
export interface ServiceReader {
  names(): readonly string[]
  /** The resource of that name, as `names` spells it. */
  one(name: string): Resource | undefined
  all(): readonly Resource[]
}

/** A provider of a catalog; its services are read when they are used. */
export interface LoadedProvider {
  readonly provider: Provider
  /** All services are compiled: reading them is cheap. */
  readonly isWhole: boolean
  names(): Names
  /** Reads a service of the provider; `name` as in its `services`. */
  service(name: string): ServiceReader
  /** What its files accept as differences from OpenAPI documents. */
  accepted(): readonly Accepted[]
}

/** By resource: its name, and the first byte after the index and the length of its line. */
type Index = readonly (readonly [name: string, start: number, length: number])[]

/** Bytes read at once: most services are shorter. */
const CHUNK = 64 * 1024
const NEWLINE = 10

/** The file of a service in a folder of compiled files. */
export function serviceFile(dir: string, service: string): string {
  return join(dir, `${encodeURIComponent(service.toLowerCase())}.jsonl`)
}

/** JSON in ASCII: of a text with any other character, V8 stores and parses two bytes per character. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^\0-\x7f]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text of a service's file. */
export function serviceText({ resources }: CompiledService): string {
  const lines = resources.map(asciiJson)
  let start = 0
  const index = lines.map((line, i) => {
    const entry = [resources[i]!.name, start, Buffer.byteLength(line)] as const
    start += entry[2] + 1
    return entry
  })
  return `${[asciiJson(index), ...lines].join('\n')}\n`
}

/** Writes the files of a provider into a folder, which is created. */
export function writeCompiled(
  dir: string,
  provider: Provider,
  names: Names,
  services: readonly CompiledService[],
  accepted: readonly Accepted[] = [],
): void {
  makeFolders(dir)
  writeFileSync(join(dir, 'provider.json'), asciiJson(provider))
  writeFileSync(join(dir, 'names.json'), asciiJson(names))
  writeFileSync(join(dir, 'accepted.json'), asciiJson(accepted))
  for (const service of services) writeFileSync(serviceFile(dir, service.service), serviceText(service))
}

/** The names of the resources of compiled services. */
export function namesOf(services: readonly CompiledService[]): Names {
  return Object.fromEntries(services.map(s => [s.service, s.resources.map(r => r.name)]))
}

/** Reads a provider from a folder of compiled files. @throws an error of the file system or of JSON */
export function readCompiled(dir: string): LoadedProvider {
  return compiledIn(dir, JSON.parse(readFileSync(`${dir}/provider.json`, 'utf8')) as Provider)
}

/** A provider in a folder of compiled files, whose provider.json was read before. */
export function compiledIn(dir: string, provider: Provider): LoadedProvider {
  let names: Names | undefined
  return {
    provider,
    isWhole: true,
    names: () => (names ??= JSON.parse(readFileSync(join(dir, 'names.json'), 'utf8')) as Names),
    service: name => readService(serviceFile(dir, name)),
    accepted: () => JSON.parse(readFileSync(join(dir, 'accepted.json'), 'utf8')) as Accepted[],
  }
}

/** Reads the file of a service. @throws an error of the file system or of JSON */
export function readService(file: string): ServiceReader {
  const head = readBytes(file, 0, CHUNK)
  const end = head.indexOf(NEWLINE)
  // an index longer than a chunk: the whole file
  const start = end < 0 ? readFileSync(file).indexOf(NEWLINE) : end
  const index = indexOf(JSON.parse(readRange(file, head, 0, start)))
  const places = new Map(index.map(entry => [entry[0], entry]))
  return {
    names: () => [...places.keys()],
    one: name => {
      const place = places.get(name)
      return place && (JSON.parse(readRange(file, head, start + 1 + place[1], place[2])) as Resource)
    },
    all: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .slice(1, -1)
        .map(line => JSON.parse(line) as Resource),
  }
}

/** Reads a service that is in memory. */
export function readerOf({ resources }: CompiledService): ServiceReader {
  const byName = new Map(resources.map(resource => [resource.name, resource]))
  return { names: () => [...byName.keys()], one: name => byName.get(name), all: () => resources }
}

function indexOf(read: unknown): Index {
  const isIndex =
    Array.isArray(read)
    && read.every(entry => Array.isArray(entry) && typeof entry[0] === 'string' && entry.length === 3)
  if (!isIndex) throw new Error('it has no index')
  return read as unknown as Index
}

/** A part of a file, of which `head` is the beginning. */
function readRange(file: string, head: Buffer, start: number, length: number): string {
  const isRead = start + length <= head.length
  return (isRead ? head.subarray(start, start + length) : readBytes(file, start, length)).toString('utf8')
}

function readBytes(file: string, start: number, length: number): Buffer {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.allocUnsafe(length)
    let read = 0
    for (let more = -1; more !== 0 && read < length; read += more)
      more = readSync(fd, bytes, read, length - read, start + read)
    return bytes.subarray(0, read)
  } finally {
    closeSync(fd)
  }
}
