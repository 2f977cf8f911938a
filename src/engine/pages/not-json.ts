import { parsed } from '../../http/json.ts'

/** A text that SQLite does not accept as JSON; the message says why. */
export class NotJson extends Error {
  /** It is JSON, but SQLite does not read so deep. */
  readonly isDeep: boolean

  constructor(text: string) {
    const isDeep = parsed(text) !== undefined
    super(text.trim() === '' ? 'is empty' : isDeep ? 'is nested more than 1,000 deep' : 'is not valid JSON')
    this.isDeep = isDeep
  }
}
