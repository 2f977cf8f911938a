import { fileURLToPath } from 'node:url'
import { once } from 'node:events'
import { loadCatalog } from '../catalog/load.ts'
import { PROVIDERS } from '../index.ts'
import { readSandboxData } from '../sandbox/data.ts'
import { startSandbox, type Sandbox } from '../sandbox/server.ts'
import type { World } from './run.ts'

const DATA = fileURLToPath(new URL('./sandbox.json', import.meta.url))

/** Starts the simulated provider on a port of 127.0.0.1; 0 is any free one. */
export async function start(port: number): Promise<Sandbox> {
  return startSandbox({ catalog: loadCatalog(PROVIDERS), data: await readSandboxData(DATA), port })
}

/** `confluentql sandbox`: serves until it is interrupted; prints what to export. */
export async function serve(port: number, world: World, signal: AbortSignal): Promise<number> {
  const sandbox = await start(port)
  world.stderr.write(`sandbox at ${sandbox.url}; Ctrl-C ends it\n`)
  world.stdout.write(Object.entries(sandbox.env).map(([k, v]) => `export ${k}=${v}\n`).join(''))
  if (!signal.aborted) await once(signal, 'abort')
  await sandbox.close()
  return 0
}
