import { createWriteStream, fstatSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ConfluentqlError } from '../errors.ts'
import { isReaderGone, openFile, readerGone, reasonOf } from './file.ts'
import type { Output } from './types.ts'

/** An output to the file `path`, or to `stream` when there is none. Fails with OUTPUT, naming the path. */
export async function openOutput(path: string | undefined, stream: Writable): Promise<Output> {
  return path === undefined ? openStream(sound(stream)) : openFile(path)
}

/** Each write waits until the stream has taken the text. The stream stays open: it is the caller's. */
function openStream(stream: Writable): Output {
  let failure: ConfluentqlError | undefined
  // The callback below tells the writer; the event says it again, and unheard it would end the process.
  const onError = (): void => {}
  stream.on('error', onError)
  const release = async (): Promise<void> => {
    // After a failure the event may still be on its way.
    if (failure === undefined) stream.off('error', onError)
  }
  return {
    write: data =>
      new Promise((resolve, reject) => {
        // a stream may hand bytes on later than it says that it took them
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

/** Node's own stream for a standard output that is a file takes a short write (a full disk) for a whole one; this one does not. */
function sound(stream: Writable): Writable {
  const { fd } = stream as { readonly fd?: unknown }
  return typeof fd === 'number' && fstatSync(fd).isFile()
    ? createWriteStream('', { fd, autoClose: false })
    : stream
}
