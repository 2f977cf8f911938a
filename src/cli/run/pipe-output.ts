import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { readerGone } from '../../render/file.ts'
import type { Output } from '../../render/types.ts'
import type { OpenPipe, Pipe } from '../pipe.ts'

/** An output to a command, which is started at the first write. `commit` fails unless the command ends with status 0. */
export function pipeOutput(command: string, isOnce: boolean, open: OpenPipe): Output {
  let pipe: Pipe | undefined
  let isDone = false
  let closed = false
  let isAborted = false
  const end = async (): Promise<void> => {
    if (isDone || !pipe) return
    isDone = true
    const { status, signal } = await pipe.end()
    if (status === 0) return
    const how = signal === null ? `ended with status ${status}` : `was ended by ${signal}`
    throw new ConfluentqlError('OUTPUT', `the command ${how}: ${visible(command)}`)
  }
  return {
    async write(data) {
      pipe ??= await open(command, isOnce)
      // aborted while the command was started
      if (isAborted) await end().catch(() => {})
      closed ||= isAborted || !(await pipe.write(data))
      if (closed) throw readerGone(undefined)
    },
    get closed() {
      return closed
    },
    commit: end,
    // the error of the result is reported instead
    abort: () => {
      isAborted = true
      return end().catch(() => {})
    },
  }
}
