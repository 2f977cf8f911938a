import type { Accepted } from '../compile/accepted.ts'
import type { CompiledService, Names } from './compiled.ts'
import type { Consent } from '../consent.ts'
import type { Provider } from '../types.ts'

/** A folder with a provider: of our format, of StackQL's, or compiled. */
export interface Source {
  readonly dir: string
  readonly isCompiled?: boolean
  /** Another name for the provider. */
  readonly name?: string
  /** Where the user agreed to send which credentials, if the provider is installed. */
  readonly consent?: Consent
}

/** A source that was read. */
export interface Outline {
  readonly provider: Provider
  readonly names: Names
  /** Absent: a service is compiled when it is used. */
  readonly services?: readonly CompiledService[]
  readonly accepted?: readonly Accepted[]
  /** All files that it is made of, relative to its folder. */
  readonly files: readonly string[]
}

/** Compiles sources; loaded when one has to be compiled. */
export interface Compiler {
  read(source: Source): Outline
  /** Compiles a service of a source without `services`. */
  service(source: Source, provider: Provider, service: string): CompiledService
  /** A hash of the contents of files, relative to a folder. */
  hash(dir: string, files: readonly string[]): string
}
