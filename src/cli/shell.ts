import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { ConfluentqlError } from '../errors.ts'
import type { Session } from '../index.ts'
import { Runner } from './runner.ts'
import type { Settings } from './settings.ts'
import type { World } from './world.ts'

/**
 * A prompt: statements end with `;` and may span lines; Ctrl-C cancels the one that runs, Ctrl-D leaves. Without a
 * terminal there is no prompt, the last statement needs no `;`, and the exit status is that of the worst statement.
 */
export async function shell(session: Session, settings: Settings, world: World): Promise<number> {
  const { stdin, stdout }: { stdin: Readable & { isTTY?: boolean }; stdout: Writable } = world
  const line = createInterface({ input: stdin, output: stdout, terminal: stdin.isTTY === true })
  const runner = new Runner(session, settings, world)
  const name = settings.sandbox ? 'sandbox' : 'confluentql'
  let cancel: AbortController | undefined
  let text = ''
  let status = 0
  const prompt = (): void => {
    if (!stdin.isTTY) return
    line.setPrompt(text === '' ? `${name}> ` : `${' '.repeat(name.length - 1)}-> `)
    line.prompt()
  }
  const runText = async (): Promise<void> => {
    const script = text
    text = ''
    cancel = new AbortController()
    if (script.trim() !== '') status = Math.max(status, await runner.run({ name: undefined, text: script }, cancel.signal))
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
  if (!stdin.isTTY) await runText()
  status = await runner.finish(status)
  return stdin.isTTY ? 0 : status
}
