/** JSON of up to this many characters stays on one line. */
const SHORT = 72

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** Indented JSON. Tokens are copied: numbers keep their digits and strings their escapes. */
export function readableJson(json: string): string {
  const tokens = json.match(TOKEN) ?? []
  const flat = flatten(tokens)
  if (flat.length <= SHORT) return flat
  let text = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (const [i, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      depth += 1
      text += isClosing(tokens[i + 1]) ? token : token + line()
    } else if (isClosing(token)) {
      depth -= 1
      text += tokens[i - 1] === '{' || tokens[i - 1] === '[' ? token : line() + token
    } else {
      text += token === ',' ? `,${line()}` : token === ':' ? ': ' : token
    }
  }
  return text
}

/** The same JSON on one line. */
export function flatJson(json: string): string {
  return flatten(json.match(TOKEN) ?? [])
}

function flatten(tokens: readonly string[]): string {
  return tokens.map(token => (token === ',' || token === ':' ? `${token} ` : token)).join('')
}

function isClosing(token: string | undefined): boolean {
  return token === '}' || token === ']'
}
