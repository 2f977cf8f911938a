/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** The data of a JSON text; undefined if it is not valid JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Whether a value is a JSON object, or an array. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** A number or a non-empty text, as text. */
export function nonEmptyText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
