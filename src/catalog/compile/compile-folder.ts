import { join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import type { Accepted } from './accepted.ts'
import { compileParsed, compileProvider, parseProvider } from './compile.ts'
import type { CompiledService } from '../sources/compiled.ts'
import { parseSource } from './format.ts'
import { readSource } from './source-file.ts'
import type { Provider } from '../types.ts'

/** A provider of our format, compiled as a whole. */
export interface CompiledFolder {
  readonly provider: Provider
  readonly services: readonly CompiledService[]
  readonly accepted: readonly Accepted[]
  /** The names of the files that it is made of. */
  readonly files: readonly string[]
}

const MAIN = 'provider.yaml'

/**
 * Compiles the provider in a folder: provider.yaml, and a file for each service.
 * @throws ConfluentqlError PROVIDER with the file, line and path of each error, at least one of each file that has any
 */
export function compileFolder(dir: string): CompiledFolder {
  const parsed = parseProvider(join(dir, MAIN))
  const { provider: name, services } = parsed.source
  const faults: ConfluentqlError[] = []
  const collecting = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ConfluentqlError)) throw error
      faults.push(error)
      return undefined
    }
  }
  const provider = collecting(() => compileProvider(parsed))
  const accepted: Accepted[] = (parsed.source.accepted ?? []).map(one => ({ ...one, provider: name }))
  const compiled = Object.keys(services).map(service =>
    collecting(() => {
      const file = join(dir, `${service}.yaml`)
      const own = parseSource(file, readSource(file), 'service')
      const result = compileParsed(own, parsed)
      if (result.service !== service)
        throw parsed.wrong(['services', service], `${service}.yaml is of the service ${result.service}`)
      accepted.push(...(own.source.accepted ?? []).map(one => ({ ...one, provider: name, service })))
      return result
    }),
  )
  const [first, ...others] = faults
  if (first)
    throw others.length === 0
      ? first
      : new ConfluentqlError('PROVIDER', faults.map(fault => fault.message).join('\n'), { cause: first })
  return {
    provider: provider!,
    services: compiled.flatMap(one => one ?? []),
    accepted,
    files: [MAIN, ...Object.keys(services).map(service => `${service}.yaml`)],
  }
}
