import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFolder } from './catalog/compile-folder.ts'
import { namesOf, writeCompiled } from './catalog/compiled.ts'
import type { Compiler, Outline, Source } from './catalog/source.ts'
import { sourcesIn } from './catalog/sources.ts'

/*
 * What compiles provider files: a bundle of its own, loaded when something has to be compiled.
 */

/** Compiles sources of our format. */
export const compiler: Compiler = {
  read({ dir }: Source): Outline {
    const { provider, services, accepted, files } = compileFolder(dir)
    return { provider, services, names: namesOf(services), accepted, files }
  },
  service(source, _provider, service) {
    throw new Error(`${source.dir}: ${service} is compiled already`)
  },
  hash(dir, files) {
    const hash = createHash('sha256')
    for (const file of files) {
      const content = readFileSync(join(dir, file))
      hash.update(`${file}\n${content.length}\n`).update(content)
    }
    return hash.digest('hex').slice(0, 32)
  },
}

/**
 * Compiles the provider in a folder, or those in its folders, into a folder each in `outDir`.
 * @throws ConfluentqlError PROVIDER with the file, line and path of each error
 */
export function compileProviders(sourceDir: string, outDir: string): void {
  for (const source of sourcesIn(sourceDir)) {
    const { provider, names, services, accepted } = compiler.read(source)
    const compiled =
      services ?? provider.services.map(service => compiler.service(source, provider, service.name))
    mkdirSync(outDir, { recursive: true })
    writeCompiled(join(outDir, provider.name), provider, names, compiled, accepted)
  }
}
