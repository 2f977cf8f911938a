import { once } from 'node:events'
import { startProviders } from '../local-sandbox.ts'
import type { CliOptions } from './args/options.ts'
import type { World } from './world.ts'

/** `confluentql sandbox`: prints the variables to export and serves until it is interrupted. */
export async function serve(
  { port, sandboxSize }: Pick<CliOptions, 'port' | 'sandboxSize'>,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const sandbox = await startProviders(port, process.env, sandboxSize)
  world.stderr.write(`sandbox at ${sandbox.url}; Ctrl-C ends it\n`)
  world.stdout.write(
    Object.entries(sandbox.env)
      .map(([k, v]) => `export ${k}=${v}\n`)
      .join(''),
  )
  if (!signal.aborted) await once(signal, 'abort')
  await sandbox.close()
  return 0
}
