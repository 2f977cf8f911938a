const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// XML 1.0 has no other control characters, no halves of surrogate pairs, and would read CR as LF.
const UNFIT =
  /[\0-\x08\x0b-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const LOOKS_ESCAPED = /_(?=x[0-9A-Fa-f]{4}_)/g

/** Text of a cell; what XML cannot hold is spelled `_x001B_`, which spreadsheets read as the character (ECMA-376, ST_Xstring). */
export function xmlText(text: string): string {
  return escaped(
    text
      .replace(LOOKS_ESCAPED, '_x005F_')
      .replace(UNFIT, c => `_x${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`),
  )
}

/** Text of an element or attribute that has no such spelling; what XML cannot hold is left out. */
export function xmlPlain(text: string): string {
  return escaped(text.replace(UNFIT, ''))
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, c => ENTITIES[c] ?? c)
}
