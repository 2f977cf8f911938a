import { readFile } from 'node:fs/promises'
import { ConfluentqlError } from '../errors.ts'
import type { SandboxData } from './types.ts'

/** Reads sandbox data as the build has written it. */
export async function readSandboxData(file: string): Promise<SandboxData> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SandboxData
  } catch (error) {
    throw new ConfluentqlError('PROVIDER', `cannot read the sandbox's data, ${file}`, {
      hint: 'build the project anew: npm run build',
      cause: error,
    })
  }
}
