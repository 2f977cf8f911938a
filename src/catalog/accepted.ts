import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AcceptedSource } from './format.ts'

/** A difference from OpenAPI documents that a provider file accepts; in its texts `*` stands for any characters. */
export interface Accepted extends AcceptedSource {
  readonly provider: string
  /** Absent: it stands in provider.yaml, and holds for all services. */
  readonly service?: string
}

// no service has a name with a point
const FILE = 'provider.accepted.json'

/** Writes what the files of a provider accept beside its compiled files, apart from what every start reads. */
export function writeAccepted(dir: string, accepted: readonly Accepted[]): void {
  writeFileSync(join(dir, FILE), JSON.stringify(accepted))
}

/** What the files of the providers accept, from a folder of compiled provider files. */
export function readAccepted(dir: string, providers: readonly string[]): Accepted[] {
  return providers.flatMap(name => JSON.parse(readFileSync(join(dir, name, FILE), 'utf8')) as Accepted[])
}
