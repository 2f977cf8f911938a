import { visibleLines } from '../display.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Any text as HTML that shows it, in an attribute or an element; hidden characters are spelled out. */
export function attribute(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, c => ENTITIES[c] ?? c)
}

/** Most texts are nothing but this. */
const HARMLESS = /^[ !"#$%'-;=?-~]*$/

/** The same for an element alone, where what is spelled out is set off from text that looks like it. */
export function content(text: string): string {
  if (HARMLESS.test(text)) return text
  return visibleLines(
    text.replace(/[&<>]/g, c => ENTITIES[c] ?? c),
    spelled => `<span class="hidden-char">${spelled}</span>`,
  )
}
