import { visibleLines } from '../display.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for an attribute or an element; hidden characters are written as escapes. */
export function attribute(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, c => ENTITIES[c] ?? c)
}

/** Most texts need no escaping. */
const HARMLESS = /^[ !"#$%'-;=?-~]*$/

/** Escapes text for an element, and marks escapes of hidden characters to distinguish them from the same characters in the text. */
export function content(text: string): string {
  if (HARMLESS.test(text)) return text
  return visibleLines(
    text.replace(/[&<>]/g, c => ENTITIES[c] ?? c),
    escape => `<span class="hidden-char">${escape}</span>`,
  )
}
