import { ConfluentqlError } from '../../errors.ts'

/** One of the two results that are compared. */
export interface Side {
  /** The operand as written, for messages. */
  readonly name: string
  /** `text`: all values are texts. `times`: it has a type for times. */
  readonly typing: 'types' | 'text' | 'times'
  /** Names of the columns; complete only after all rows have been read. */
  readonly columns: readonly string[]
  /** Cells (cell.ts) in the order of `columns`; missing ones at the end are NULL. */
  readonly rows: AsyncIterable<readonly string[]>
}

/** A cell, or a part of a nested one, on both sides; undefined where it is missing. */
export interface ChangedCell {
  readonly column: string
  readonly old: string | undefined
  readonly new: string | undefined
}

/** Returns the names. @throws ConfluentqlError USAGE for a duplicate, which would be ambiguous */
export function distinct(names: readonly string[], where: string): readonly string[] {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice === undefined) return names
  throw new ConfluentqlError('USAGE', `${where} has two columns ${JSON.stringify(twice)}`, {
    hint: 'give them different names, with AS',
  })
}
