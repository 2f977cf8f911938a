import { writeSync } from 'node:fs'
import type { StandardOutput } from '../render/output.ts'

/** Bytes that any system's pipe takes before its reader reads. */
const PIPE_CAPACITY = 16 * 1024

/**
 * Makes a function that writes the first bytes of standard output without Node's stream, whose modules take milliseconds to load.
 * A write could block the process, so it writes no more than an empty pipe takes; after that the stream must write everything.
 * @param onBusy called before and after a write, since the pipe may be full of another program's output
 */
export function directOutput(
  onBusy: (isBusy: boolean) => void,
): NonNullable<StandardOutput['writeDirectly']> {
  let left = PIPE_CAPACITY
  const leave = (rest: string | Uint8Array): string | Uint8Array => {
    left = 0
    return rest
  }
  return data => {
    if (data.length > left) return leave(data)
    let bytes = typeof data === 'string' ? Buffer.from(data) : data
    if (bytes.length > left) return leave(bytes)
    onBusy(true)
    try {
      while (bytes.length > 0) {
        const written = writeSync(1, bytes)
        left -= written
        bytes = bytes.subarray(written)
      }
      return bytes
    } catch (error) {
      // a pipe that another program has set to be non-blocking is full
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return leave(bytes)
      throw error
    } finally {
      onBusy(false)
    }
  }
}
