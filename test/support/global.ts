import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { compileProviders } from '../../src/compiler.ts'
import { buildSandboxData } from '../../src/sandbox/build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of our compiled provider files, and the file of the sandbox's data. */
    readonly compiled: { readonly providers: string; readonly sandbox: string }
  }
}

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Compiles the provider files and the sandbox's data once for all test files, which takes seconds. */
export default async function setup(project: TestProject): Promise<() => void> {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-compiled-'))
  const compiled = { providers: join(dir, 'providers'), sandbox: join(dir, 'sandbox.json') }
  const compile = async (): Promise<void> => {
    compileProviders(at('providers'), compiled.providers)
    await buildSandboxData(
      ['confluent', 'kafka'].map(name => at(`providers/${name}/sandbox`)),
      compiled.sandbox,
    )
  }
  await compile()
  project.onTestsRerun(compile)
  project.provide('compiled', compiled)
  return () => rmSync(dir, { recursive: true })
}
