import type { Session } from '../../index.ts'
import type { Script } from '../report.ts'
import { Runner } from './runner.ts'
import type { Settings } from './settings.ts'
import type { World } from '../world.ts'

/** Runs the scripts of a command line; returns the exit status. Errors are told on stderr. */
export async function runScripts(scripts: readonly Script[], session: Session, settings: Settings, world: World, signal: AbortSignal): Promise<number> {
  const runner = new Runner(session, settings, world)
  return runner.finish(await runner.runAll(scripts, signal))
}
