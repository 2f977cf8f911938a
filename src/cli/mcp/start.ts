import { fileURLToPath } from 'node:url'
import { Engines } from '../../mcp/engine/engines.ts'
import type { CliOptions } from '../args/options.ts'
import type { World } from '../world.ts'
import type { Start } from './engine.ts'

const ENGINE = fileURLToPath(new URL('./mcp-engine.js', import.meta.url))

/** `confluentql mcp`. The first engine starts while this process loads the rest of the server. */
export async function mcp(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  const sandbox = options.sandbox
    ? await (await import('../../local-sandbox.ts')).startWhole(process.env, options.sandboxSize)
    : undefined
  const engines = new Engines({
    program: ENGINE,
    start: {
      kind: 'start',
      options,
      sandbox: sandbox && { env: sandbox.env, sites: { ...sandbox.sites } },
    } satisfies Start,
    state: () => ({ ...sandbox?.sites }),
    timeout: options.statementTimeout,
    onLog: text => void world.stderr.write(text),
  })
  try {
    engines.warm()
    const own = sandbox ? { ...options, profile: undefined } : options
    await (await import('./mcp.ts')).serve(own, world, signal, engines)
    return 0
  } finally {
    await engines.close()
    await sandbox?.close()
  }
}
