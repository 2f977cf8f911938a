/** One way to go on. */
export interface Candidate {
  readonly text: string
  /** How a list shows it: `environment*`. */
  readonly shown?: string
  /** What follows it when it is the only one: a dot, a blank. */
  readonly tail?: string
}

/** What could stand between two offsets of the text, of which the text up to the cursor is the beginning. */
export interface Completion {
  readonly from: number
  readonly to: number
  readonly candidates: readonly Candidate[]
}
