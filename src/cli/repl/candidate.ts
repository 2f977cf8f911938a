/** One completion. */
export interface Candidate {
  readonly text: string
  /** How a list of candidates shows it, if not by its text: `environment*`. */
  readonly label?: string
  /** Inserted after it when it is the only candidate: a dot or a blank. */
  readonly suffix?: string
}

/** Candidates that replace the text from an offset to the cursor. */
export interface CandidatesFrom {
  readonly from: number
  readonly candidates: readonly Candidate[]
  /** Candidates that need not begin with the text, if no other does. */
  readonly otherwise?: () => readonly Candidate[]
}

/** Candidates that replace the text between two offsets; `to` is the cursor. */
export interface Completion extends CandidatesFrom {
  readonly to: number
  /** The candidates have the text as beginnings of words, instead of beginning with it. */
  readonly isByParts: boolean
}
