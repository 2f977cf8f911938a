import { promises } from 'node:fs'
import type { Readable } from 'node:stream'
import { ConfluentqlError } from '../../errors.ts'
import type { CliOptions } from '../args/options.ts'
import type { Script } from '../report.ts'

/** The scripts of the command line, in order: the SQL argument, then the files; standard input if there is neither. */
export async function readScripts(
  options: CliOptions,
  streams: { readonly stdin: Readable },
): Promise<Script[]> {
  const scripts: Script[] = options.sql === undefined ? [] : [{ name: undefined, text: options.sql }]
  const files = options.files.length === 0 && options.sql === undefined ? ['-'] : options.files
  for (const file of files) {
    if (file === '-')
      scripts.push({
        name: options.sql === undefined && options.files.length === 0 ? undefined : '<stdin>',
        text: await readAll(streams.stdin),
      })
    else scripts.push(await readScript(file))
  }
  return scripts
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
}

/** A file as a script, named by its path. @throws ConfluentqlError USAGE */
export async function readScript(file: string): Promise<Script> {
  try {
    return { name: file, text: decoded(await promises.readFile(file), file) }
  } catch (cause) {
    throw cannotRead(file, cause)
  }
}

/** What the system says of a file as an error that names it; an error of ours as it is. */
export function cannotRead(file: string, cause: unknown): ConfluentqlError {
  if (cause instanceof ConfluentqlError) return cause
  const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message
  return new ConfluentqlError('USAGE', `cannot read ${file}: ${why}`, { cause })
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return decoded(Buffer.concat(chunks), 'standard input')
}

/** Bytes as text: replacing what is no UTF-8 would put other values into statements than those written. */
function decoded(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ConfluentqlError('USAGE', `cannot read ${name}: it is not UTF-8 text`, {
      cause,
      hint: 'save it as UTF-8',
    })
  }
}
