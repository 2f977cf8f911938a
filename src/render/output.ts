import { createWriteStream, fstatSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ConfluentqlError } from '../errors.ts'
import { isReaderGone, openFile, readerGone, reasonOf } from './file.ts'
import type { Output } from './types.ts'

/** An output to the file `path`, or to `stream` when there is none. Fails with OUTPUT, naming the path. */
export async function openOutput(path: string | undefined, stream: Writable): Promise<Output> {
  return path === undefined ? openStream(withFullWrites(stream)) : openFile(path)
}

/** Each write resolves when the stream has taken the text. The stream stays open: the caller owns it. */
function openStream(stream: Writable): Output {
  let failure: ConfluentqlError | undefined
  // The callback of `write` reports the error; an `error` event without a listener would end the process.
  const onError = (): void => {}
  stream.on('error', onError)
  const release = async (): Promise<void> => {
    // After a failure the event may still follow.
    if (failure === undefined) stream.off('error', onError)
  }
  return {
    write: data =>
      new Promise((resolve, reject) => {
        // copied, since a stream may use the bytes after its callback
        stream.write(typeof data === 'string' ? data : Buffer.from(data), error => {
          if (!error) return resolve()
          failure ??= streamError(error)
          return reject(failure)
        })
      }),
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
