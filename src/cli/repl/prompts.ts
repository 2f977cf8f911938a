import { visible, widthOf } from '../../render/display.ts'
import { scan } from './scan.ts'
import type { Search } from './editor-state.ts'

/** The prompt of each line of an entry: the name on the first; on others the construct that is open there, such as `(` or a quote. */
export function promptsOf(name: string, text: string): (line: number) => string {
  const first = `${visible(name)}> `
  const { lines } = scan(text)
  return line => (line === 0 ? first : `${lines[line] ?? '-'}> `.padStart(widthOf(first)))
}

/** The prompt of a search. */
export function searchPrompt({ pattern, isFound, direction }: Search): string {
  return `(${isFound ? '' : 'failed '}${direction < 0 ? 'reverse-' : ''}i-search)\`${visible(pattern)}': `
}
