import { ConfluentqlError } from '../../errors.ts'

/** One of the two results that are compared. */
export interface Side {
  /** As the user wrote it, for messages. */
  readonly name: string
  /** text: it has no types, all values are texts. times: it has times as such, not as texts. */
  readonly typing: 'types' | 'text' | 'times'
  /** Names of the columns; whole when the rows have been read. */
  readonly columns: readonly string[]
  /** Cells (cell.ts) in the order of `columns`; those that a row has too few of are NULL. */
  readonly rows: AsyncIterable<readonly string[]>
}

/** The names; an error if one comes twice, since nobody could tell which is meant. */
export function distinct(names: readonly string[], where: string): readonly string[] {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice === undefined) return names
  throw new ConfluentqlError('USAGE', `${where} has two columns ${JSON.stringify(twice)}`, {
    hint: 'give them different names, with AS',
  })
}
