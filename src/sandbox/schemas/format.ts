/** A schema that another one refers to by a name. */
export interface Referenced {
  readonly name: string
  readonly text: string
}

/** A schema that was read. */
export interface ReadSchema {
  /** As it is stored. */
  readonly text: string
  /** Equal for schemas that differ only in how they are written. */
  readonly identity: string
  /** Equal for those that differ in the order of their declarations as well; absent if the identity is. */
  readonly normal?: string
  /** In another form that a client may ask for. */
  readonly serialized?: string
  /** Why data written with another schema of the same format cannot be read with this one; empty if it can. */
  readonly conflicts: (writer: ReadSchema) => readonly string[]
}

/** Reads schemas of one format; throws InvalidSchema. */
export type Format = (text: string, references: readonly Referenced[]) => ReadSchema

/** Why a text is no schema. */
export class InvalidSchema extends Error {}

/** A value as JSON text with the members of objects in alphabetical order. */
export function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

/** The JSON value of a text; throws InvalidSchema. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new InvalidSchema(`not valid JSON: ${(error as Error).message}`)
  }
}
