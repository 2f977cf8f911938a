/** Of a resource whose rows are versions of schemas: the resources that say what is allowed. */
export interface SchemasBehaviour {
  /** Those with the `compatibilityLevel` of a subject, or of all subjects. */
  readonly settings: readonly string[]
  /** That with the `mode` of a subject, or of all subjects. */
  readonly modes: string
  /** That of contexts. */
  readonly contexts: string
}
