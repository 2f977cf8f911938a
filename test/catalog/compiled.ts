import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { compileProviders } from '../../src/compiler.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Catalog } from '../../src/catalog/types.ts'
import { readSandboxData } from '../../src/sandbox/rows/data.ts'
import type { SandboxData } from '../../src/sandbox/types.ts'
import { folder } from '../support/cleanup.ts'

/** The folder of our provider files. */
export const providersDir = fileURLToPath(new URL('../../providers', import.meta.url))

/** The folder of our provider files as the build compiles them. */
export const compiledDir = (): string => inject('compiled').providers

/** The catalog of our provider files. */
export const compiledCatalog = (): Catalog => loadCatalog(compiledDir())

/** The data of the sandbox, a new copy each time. */
export const sandboxData = (): Promise<SandboxData> => readSandboxData(inject('compiled').sandbox)

/** The file of a provider `p` with one service `s` and one host without credentials, at P_URL. `more`: further keys. */
export function oneHostProvider(more = ''): string {
  return `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } } }
host: main
services: { s: { title: S } }
${more}`
}

/** Compiles one provider, `p`, with one service, `s`; the folder for `loadCatalog`. */
export function compiledProvider(provider: string, service: string): string {
  const dir = folder('provider')
  mkdirSync(join(dir, 'in', 'p'), { recursive: true })
  writeFileSync(join(dir, 'in', 'p', 'provider.yaml'), provider)
  writeFileSync(join(dir, 'in', 'p', 's.yaml'), service)
  compileProviders(join(dir, 'in'), join(dir, 'out'))
  return join(dir, 'out')
}
