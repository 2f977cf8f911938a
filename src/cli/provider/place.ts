import { ConfluentqlError } from '../../errors.ts'
import { shellWord } from '../shell-word.ts'

/**
 * The error with the place that documents came from, instead of the folder that they were read in. Of several mistakes the
 * first.
 */
export function withPlace(error: unknown, dir: string, place: string): unknown {
  const [first, ...more] = mistakesOf(error, dir, place) ?? []
  if (!(error instanceof ConfluentqlError) || first === undefined) return error
  const check = `${more.length} more: confluentql provider check ${shellWord(place)}`
  const hint = more.length > 0 ? check : error.hint
  return new ConfluentqlError(error.code, first, { cause: error.cause, ...(hint !== undefined && { hint }) })
}

/** The mistakes in documents that an error tells of; undefined for any other error. */
export function mistakesOf(error: unknown, dir: string, place: string): string[] | undefined {
  if (!(error instanceof ConfluentqlError) || error.code !== 'PROVIDER') return undefined
  return error.message.replaceAll(dir, place.replace(/[/\\]+$/, '')).split('\n')
}
