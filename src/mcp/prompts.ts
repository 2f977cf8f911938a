/** A question that administrators ask, as a prompt. */
export interface Prompt {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly parameters: readonly {
    readonly name: string
    readonly description: string
    readonly isRequired: boolean
  }[]
  /** The statement with values for its parameters. @throws ConfluentqlError USAGE */
  sql(values: Readonly<Record<string, string>>): string
}

/** What an assistant is asked by a prompt. */
export function promptText({ title, description }: Prompt, sql: string): string {
  return [
    `${title}. ${description}`,
    'Run this statement with the tool query, and explain its result. If the answer is cut, say so.',
    '',
    sql,
  ].join('\n')
}
