const KEY = /^( *)(?:"([^"]+)"|'([^']+)'|([^\s#'"-][^:]*)):(?: |$)/

/** The lines of the methods of a document, by resource and method. Empty for a document that is not written in lines. */
export function methodLines(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex(line => /^ *["']?x-stackQL-resources["']?:\s*$/.test(line))
  if (start < 0) return found
  /** Indents of resources, of their members, and of methods. */
  const indents: number[] = [indentOf(lines[start]!)]
  let [resource, section] = ['', '']
  for (let i = start + 1; i < lines.length; i++) {
    const [, blanks, ...quoted] = KEY.exec(lines[i]!) ?? []
    if (blanks === undefined) continue
    const indent = blanks.length
    if (indent <= indents[0]!) break
    while (indents.length > 1 && indent < indents.at(-1)!) indents.pop()
    if (indents.length < 4 && indent > indents.at(-1)!) indents.push(indent)
    const level = indents.indexOf(indent)
    const name = quoted.find(part => part !== undefined)!
    if (level === 1) resource = name
    else if (level === 2) section = name
    else if (level === 3 && section === 'methods') found.set(lineKey(resource, name), i + 1)
  }
  return found
}

/** The key of a method in `methodLines`. */
export function lineKey(resource: string, method: string): string {
  return `${resource.toLowerCase()} ${method}`
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
