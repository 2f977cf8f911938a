import { createInterface } from 'node:readline'
import type { Session } from '../../index.ts'
import { scan } from '../../sql/scan.ts'
import { SCRIPT } from '../script/dialect.ts'
import { Runner } from './runner.ts'
import type { Settings } from './settings.ts'
import type { World } from '../world.ts'

const QUIT = /^\s*(?:\\q|quit|exit|\.quit)\s*;?\s*$/i

/**
 * `confluentql shell` without a terminal: runs each statement when the line that terminates it is read, and continues after
 * errors. The last statement needs no `;` unless it is a change or a call. The exit status is the highest of all statements. (The prompt is in repl/.)
 */
export async function runPiped(
  session: Session,
  settings: Settings,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const runner = new Runner(session, settings, world)
  let text = ''
  let status = 0
  let lines = 0
  let linesBefore = 0
  const runText = async (): Promise<void> => {
    const script = text
    text = ''
    if (script.trim() !== '')
      status = Math.max(
        status,
        await runner.run({ name: undefined, text: script, linesBefore, isStream: true }, signal),
      )
    linesBefore = lines
  }
  for await (const line of createInterface({ input: world.stdin })) {
    text += `${line}\n`
    lines++
    if (QUIT.test(text)) {
      text = ''
      break
    }
    // a line without any of these characters terminates no statement
    if (/[;\\.]/.test(line) && scan(text, SCRIPT).open === undefined) await runText()
    if (signal.aborted) break
  }
  await runText()
  return runner.finish(status)
}
