import { readFileSync, statSync } from 'node:fs'
import { ConfluentqlError } from '../../errors.ts'

/** Bytes of the longest provider file that is read. */
const LONGEST = 20_000_000

/** Reads the text of a provider file. @throws ConfluentqlError PROVIDER */
export function readSource(file: string): string {
  try {
    const found = statSync(file)
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > LONGEST) throw new Error(`it is longer than ${LONGEST / 1e6} MB`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new ConfluentqlError(
      'PROVIDER',
      `cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : message}`,
      { cause },
    )
  }
}
