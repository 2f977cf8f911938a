import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseProfiles } from '../../src/config/parse.ts'
import type { Profile } from '../../src/config/types.ts'

export const KINDS = { usual: ['cloud', 'flink', 'kafka', 'schema_registry', 'tableflow'], open: [] }

/** A folder that is removed when the test ends. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-config-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

/** Writes the profile file of a new XDG configuration folder; returns the folder and the file. */
export function configFile(text: string, mode = 0o600): { readonly home: string; readonly file: string } {
  const home = folder()
  mkdirSync(join(home, 'confluentql'))
  const file = join(home, 'confluentql', 'config.yaml')
  writeFileSync(file, text, { mode })
  return { home, file }
}

/** The profile `default` with these lines in it. */
export async function profileOf(lines: string): Promise<Profile> {
  const text = `profiles:\n  default:\n${lines
    .split('\n')
    .map(line => `    ${line}`)
    .join('\n')}\n`
  const { profiles } = await parseProfiles(text, 'config.yaml', KINDS)
  return profiles.get('default')!
}
