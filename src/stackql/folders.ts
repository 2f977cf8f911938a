import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { wrong } from './document.ts'

/** The file provider.yaml of a StackQL provider in a folder: in the folder, or in the newest of its folders `v…`. */
export function providerFile(dir: string): string | undefined {
  const own = join(dir, 'provider.yaml')
  if (existsSync(own)) return own
  const versions = existsSync(dir)
    ? readdirSync(dir, { withFileTypes: true })
        .filter(entry => entry.isDirectory() && /^v\d/.test(entry.name))
        .map(entry => entry.name)
        .filter(name => existsSync(join(dir, name, 'provider.yaml')))
    : []
  const newest = versions.sort(byVersion).at(-1)
  return newest === undefined ? undefined : join(dir, newest, 'provider.yaml')
}

function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map(name => (name.match(/\d+/g) ?? []).map(Number)) as [number[], number[]]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a < b ? -1 : 1
}

/**
 * The file of a service: `okta/v00.00.00000/services/users.yaml` is services/users.yaml beside provider.yaml.
 * @returns undefined if there is no such file
 * @throws ConfluentqlError PROVIDER for a path that leaves the folder
 */
export function serviceFile(file: string, ref: string): string | undefined {
  const dir = dirname(file)
  const parts = ref.split('/')
  if (parts.some(part => part === '..' || part.includes('\\') || part.includes('\0')) || ref.startsWith('/'))
    throw wrong(file, `the path of a service, ${JSON.stringify(ref)}, leaves the folder`)
  const from = parts.lastIndexOf('services')
  const found = [parts.slice(Math.max(from, 0)), parts.slice(2), parts]
    .map(names => join(dir, ...names))
    .find(path => existsSync(path))
  if (found === undefined) return undefined
  if (!realpathSync(found).startsWith(realpathSync(dir) + sep))
    throw wrong(file, `the path of a service, ${JSON.stringify(ref)}, leaves the folder`)
  return found
}
