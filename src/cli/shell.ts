import { createInterface } from 'node:readline/promises'
import { ConfluentqlError } from '../errors.ts'
import type { Session } from '../index.ts'
import type { CliOptions } from './options.ts'
import { errorText, exitStatus } from './report.ts'
import { runScripts, type World } from './run.ts'

/**
 * A prompt: statements end with `;` and may span lines; Ctrl-C cancels the one that runs, Ctrl-D leaves. Without a
 * terminal there is no prompt, the last statement needs no `;`, and the exit status is that of the worst statement.
 */
export async function shell(session: Session, options: CliOptions, world: World, isSandbox: boolean): Promise<number> {
  const line = createInterface({ input: world.stdin, output: world.stdout, terminal: world.stdin.isTTY })
  const name = isSandbox ? 'sandbox' : 'confluentql'
  let cancel: AbortController | undefined
  let text = ''
  let status = 0
  const prompt = (): void => {
    if (!world.stdin.isTTY) return
    line.setPrompt(text === '' ? `${name}> ` : `${' '.repeat(name.length - 1)}-> `)
    line.prompt()
  }
  const runText = async (): Promise<void> => {
    const script = text
    text = ''
    cancel = new AbortController()
    if (script.trim() !== '') status = Math.max(status, await runOne(script, session, options, world, cancel.signal))
    cancel = undefined
  }
  line.on('SIGINT', () => {
    if (cancel) cancel.abort(new ConfluentqlError('ABORTED', 'cancelled'))
    else {
      text = ''
      world.stdout.write('\n')
      prompt()
    }
  })
  prompt()
  for await (const entered of line) {
    text += `${entered}\n`
    if (/^\s*(?:\\q|quit|exit|\.quit)\s*;?\s*$/i.test(text)) {
      text = ''
      break
    }
    if (/;\s*$/.test(text) || text.trim() === '') await runText()
    prompt()
  }
  line.close()
  if (world.stdin.isTTY) return 0
  await runText()
  return status
}

async function runOne(script: string, session: Session, options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  try {
    return await runScripts([{ name: undefined, text: script }], session, { ...options, keepGoing: false }, world, signal)
  } catch (error) {
    world.stderr.write(errorText(error))
    return exitStatus(error)
  }
}
