// Installed size: the packed program with its dependencies, and its only dependency alone, each in its own folder.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, folder } from './tools.mjs'

/** Bytes of files and number of packages below a node_modules folder. */
function measure(dir) {
  let bytes = 0
  let packages = 0
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    bytes += statSync(join(entry.parentPath, entry.name)).size
    if (entry.name === 'package.json' && /node_modules\/(?:@[^/]+\/)?[^/]+$/.test(entry.parentPath))
      packages++
  }
  return { bytes, packages }
}

function installed(name, what) {
  const dir = join(folder, name)
  mkdirSync(dir)
  writeFileSync(join(dir, 'package.json'), '{"private":true}')
  // no scripts: they would compile SQLite, in both folders
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', what],
    { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  return measure(join(dir, 'node_modules'))
}

/** Installs both, without compiling: bytes and packages of each, and the bytes of the packed program. */
export function installedSizes() {
  const { dependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: at('.'),
      encoding: 'utf8',
    }),
  )
  return {
    ours: installed('ours', join(folder, packed.filename)),
    theirs: installed('theirs', `better-sqlite3@${dependencies['better-sqlite3']}`),
    packed: packed.size,
  }
}
