const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// XML 1.0 allows no other control characters and no lone surrogates, and reads CR as LF.
const UNFIT =
  /[\0-\x08\x0b-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const LOOKS_ESCAPED = /_(?=x[0-9A-Fa-f]{4}_)/g

/** Escapes the text of a cell. A character that XML cannot hold becomes `_x001B_`, which spreadsheets decode (ECMA-376, ST_Xstring). */
export function xmlText(text: string): string {
  return escaped(
    text
      .replace(LOOKS_ESCAPED, '_x005F_')
      .replace(UNFIT, c => `_x${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`),
  )
}

/** Escapes an element or attribute without such a notation. Characters that XML cannot hold are omitted. */
export function xmlPlain(text: string): string {
  return escaped(text.replace(UNFIT, ''))
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, c => ENTITIES[c] ?? c)
}
