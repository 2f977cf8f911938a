import type Database from 'better-sqlite3'
import { SEEN_BOOLEAN, SEEN_TEXT } from '../../plan/names.ts'
import type { TextUse } from '../../plan/plan.ts'
import { NUMBER } from './text-functions.ts'

/** The texts beside numbers, and the booleans, that a statement has met in its rows: the first of each of its uses, by index. */
export class SeenTexts {
  readonly #seen = new Map<number, string>()

  /**
   * Adds the SQL functions that remember a text and a boolean; the other arguments for a text are the index, and which texts: `all`, `digits`, `others`, or
   * the numbers that a text must not be, with blanks between them.
   */
  addTo(db: Database.Database): Database.Database {
    db.function(SEEN_TEXT, { deterministic: true }, (value: unknown, index: unknown, which: unknown) => {
      const at = Number(index)
      if (typeof value === 'string' && !this.#seen.has(at) && isOf(value, String(which)))
        this.#seen.set(at, value)
      return value
    })
    db.function(SEEN_BOOLEAN, { deterministic: true }, (value: unknown, json: unknown, index: unknown) => {
      if ((json === 'true' || json === 'false') && !this.#seen.has(Number(index)))
        this.#seen.set(Number(index), json)
      return value
    })
    return db
  }

  /** Forgets the texts of the statement before. */
  clear(): void {
    this.#seen.clear()
  }

  /** Gives a notice about each use that has met a text. */
  report(uses: readonly TextUse[] = [], onNotice: ((notice: string) => void) | undefined): void {
    for (const [i, use] of uses.entries()) {
      const text = this.#seen.get(i)
      if (text !== undefined) onNotice?.(noticeOf(use, JSON.stringify(text.slice(0, 40))))
    }
  }
}

function isOf(text: string, which: string): boolean {
  if (which === 'all') return true
  if (which === 'others') return !NUMBER.test(text)
  if (!NUMBER.test(text)) return false
  return which === 'digits' || which.split(' ').includes(String(Number(text)))
}

function noticeOf({ of, kind }: TextUse, text: string): string {
  if (kind === 'nested')
    return `${of} is a boolean in a row: outside of the query that names it, it is 1 or 0 instead of the text true or false. Write CAST(${of} AS TEXT) there`
  const leaveOut = `typeof(${of}) <> 'text' AND … leaves texts out`
  return kind === 'computed'
    ? `${of} is the text ${text} in a row, for which arithmetic takes the number that it begins with, or 0: ${leaveOut}`
    : `${of} is the text ${text} in a row, and is compared with a number: a text is greater than every number, and equals none. Compare exact_number(${of}), which makes numbers of digits; ${leaveOut}`
}
