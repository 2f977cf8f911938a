import { promises } from 'node:fs'
import type { Readable } from 'node:stream'
import { ConfluentqlError } from '../../errors.ts'
import type { CliOptions } from '../args/options.ts'
import type { Script } from '../report.ts'

/** The scripts of the command line: the SQL argument, then the files; without both, standard input. */
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
        isStream: true,
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

/** Reads a script file. @throws ConfluentqlError USAGE */
export async function readScript(file: string): Promise<Script> {
  try {
    const [text, stats] = await Promise.all([promises.readFile(file), promises.stat(file)])
    return { name: file, text: decoded(text, file), isStream: !stats.isFile() }
  } catch (cause) {
    throw cannotRead(file, cause)
  }
}

/** The USAGE error for a file that cannot be read; a ConfluentqlError is returned unchanged. */
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

/** Decodes UTF-8. Invalid bytes are an error: replacing them would change values in statements. */
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
