import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { makeFolders } from './folders.ts'
import { compileFolder } from './catalog/compile/compile-folder.ts'
import { namesOf, writeCompiled } from './catalog/sources/compiled.ts'
import { renamedProvider, renamedResource } from './catalog/rename.ts'
import type { Compiler, Outline, Source } from './catalog/sources/source.ts'
import { sourcesIn, twice } from './catalog/sources/sources.ts'
import { convertService, readProvider } from './stackql/index.ts'

/*
 * What compiles provider files: a bundle of its own, loaded when something has to be compiled.
 */

/** Compiles providers of our format as a whole, and those of StackQL's service by service. */
export const compiler: Compiler = {
  read({ dir, name }: Source): Outline {
    if (isStackql(dir)) {
      const { provider, names, files } = readProvider(dir)
      return {
        provider: renamedProvider(provider, name ?? provider.name),
        names,
        files: files.map(({ file }) => relative(dir, file).replaceAll(sep, '/')),
      }
    }
    const { provider, services, accepted, files } = compileFolder(dir)
    const as = name ?? provider.name
    const renamed = services.map(({ service, resources }) => ({
      service,
      resources: resources.map(resource => renamedResource(resource, as)),
    }))
    return {
      provider: renamedProvider(provider, as),
      services: renamed,
      names: namesOf(renamed),
      accepted: accepted.map(one => ({ ...one, provider: as })),
      files,
    }
  },
  service: ({ dir }, provider, service) => convertService(dir, provider, service),
  hash(dir, files) {
    const hash = createHash('sha256')
    for (const file of files) {
      const content = readFileSync(join(dir, file))
      hash.update(`${file}\n${content.length}\n`).update(content)
    }
    return hash.digest('hex').slice(0, 32)
  },
}

/** Whether provider.yaml is of StackQL's format. A file that cannot be read is taken for one of ours, which says why. */
function isStackql(dir: string): boolean {
  try {
    return readFileSync(join(dir, 'provider.yaml'), 'utf8').includes('providerServices')
  } catch {
    return false
  }
}

/**
 * Compiles the provider in a folder, or those in its folders, into a folder each in `outDir`.
 * @throws ConfluentqlError PROVIDER with the file, line and path of each error
 */
export function compileProviders(sourceDir: string, outDir: string): void {
  const seen = new Map<string, Source>()
  for (const source of sourcesIn(sourceDir)) {
    const { provider, names, services, accepted } = compiler.read(source)
    const other = seen.get(provider.name)
    if (other) throw twice(provider.name, source, other)
    seen.set(provider.name, source)
    const compiled =
      services ?? provider.services.map(service => compiler.service(source, provider, service.name))
    makeFolders(outDir)
    writeCompiled(join(outDir, provider.name), provider, names, compiled, accepted)
  }
}
