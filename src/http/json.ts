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

/** Shorter numbers have no digits that a double does not keep. */
const LONG = /\d[\d.eE+-]{15}/
/** The ends of texts, and long numbers, which may be in texts. It never tries a place twice, whatever the text is. */
const ENDS = /\\.|"|-?\d[\d.eE+-]{15,}/gs

/** Begins a text that stands for a long number. */
export const LONG_NUMBER = '\uE000'

/** The data of a JSON text; long numbers, which JSON.parse may round, are texts that begin with LONG_NUMBER. @throws SyntaxError */
export function exactly(text: string): unknown {
  const data: unknown = JSON.parse(text)
  if (!LONG.test(text)) return data
  let isInText = false
  const marked = text.replace(ENDS, token => {
    if (token === '"') isInText = !isInText
    return token === '"' || isInText || token.startsWith('\\') ? token : `"${LONG_NUMBER}${token}"`
  })
  return JSON.parse(marked)
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
