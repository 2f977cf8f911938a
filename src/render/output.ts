import { createWriteStream, fstatSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ConfluentqlError } from '../errors.ts'
import { isReaderGone, openFile, readerGone, reasonOf } from './file.ts'
import type { Output } from './types.ts'

/** Standard output. */
export interface StandardOutput {
  /** The stream; read only when it is needed, since Node makes it then. */
  readonly stdout: Writable
  /** Writes without the stream, and returns what the stream must write. Throws the error of a write. */
  readonly writeDirectly?: ((data: string | Uint8Array) => string | Uint8Array) | undefined
}

/** An output to the file `path`, or to standard output when there is none. Fails with OUTPUT, naming the path. */
export async function openOutput(path: string | undefined, standard: StandardOutput): Promise<Output> {
  return path === undefined ? openStandard(standard) : openFile(path)
}

/** Each write resolves when the text has been taken. The stream stays open: the caller owns it. */
function openStandard(standard: StandardOutput): Output {
  let failure: ConfluentqlError | undefined
  let stream: Writable | undefined
  // The callback of `write` reports the error; an `error` event without a listener would end the process.
  const onError = (): void => {}
  const open = (): Writable => withFullWrites(standard.stdout).on('error', onError)
  const release = async (): Promise<void> => {
    // After a failure the event may still follow.
    if (failure === undefined) stream?.off('error', onError)
  }
  const fail = (error: NodeJS.ErrnoException): ConfluentqlError => (failure ??= streamError(error))
  return {
    async write(data) {
      let rest = data
      try {
        if (!stream && standard.writeDirectly) rest = standard.writeDirectly(data)
      } catch (error) {
        throw fail(error as NodeJS.ErrnoException)
      }
      if (rest.length === 0) return
      const to = (stream ??= open())
      await new Promise<void>((resolve, reject) => {
        // copied, since a stream may use the bytes after its callback
        to.write(typeof rest === 'string' ? rest : Buffer.from(rest), error =>
          error ? reject(fail(error)) : resolve(),
        )
      })
    },
    get closed() {
      return failure?.code === 'ABORTED'
    },
    commit: release,
    abort: release,
  }
}

function streamError(error: NodeJS.ErrnoException): ConfluentqlError {
  if (isReaderGone(error)) return readerGone(error)
  return new ConfluentqlError('OUTPUT', `cannot write to standard output: ${reasonOf(error, '')}`, {
    cause: error,
  })
}

/** Where standard output is a file, Node's own stream treats a short write (disk full) as a complete one; a file stream does not. */
function withFullWrites(stream: Writable): Writable {
  const { fd } = stream as { readonly fd?: unknown }
  return typeof fd === 'number' && fstatSync(fd).isFile()
    ? createWriteStream('', { fd, autoClose: false })
    : stream
}
