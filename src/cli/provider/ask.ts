import type { ReadStream } from 'node:tty'
import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { Prompt } from '../init/prompt.ts'
import type { World } from '../world.ts'

/**
 * Asks for consent on a terminal; resolves with whether the answer is yes.
 * @param command what to repeat with --yes where there is no terminal
 * @throws ConfluentqlError USAGE without a terminal, ABORTED for Ctrl-C
 */
export async function askConsent(
  question: string,
  command: string,
  { stdin, stderr }: Pick<World, 'stdin' | 'stderr'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isTerminal(stdin) || !isTerminal(stderr))
    throw new ConfluentqlError('USAGE', 'this needs your consent, and there is no terminal to ask on', {
      hint: `if this is what you want: ${visible(command)} --yes`,
    })
  const prompt = new Prompt(stdin as ReadStream, stderr, signal)
  prompt.open()
  try {
    return /^y(?:es)?$/i.test(await prompt.ask(`${question} (y/N) `))
  } finally {
    prompt.close()
  }
}

function isTerminal(stream: object): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}
