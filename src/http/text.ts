/** Control characters, line separators, and characters that change the direction of text. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** A server's text made safe for one line of a terminal: control characters are escaped, and it has at most `max` characters. */
export function visible(text: string, max = 500): string {
  return shortened(text, max).replace(INVISIBLE, character => {
    if (character === '\n') return '\\n'
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

/** The text, cut at `max` characters with an ellipsis. */
export function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}
