import { ConfluentqlError } from '../../errors.ts'

/** The arguments of a meta-command. @throws ConfluentqlError SYNTAX */
export function readArguments(text: string, spelling: string): string[] {
  const found: string[] = []
  const word =
    /\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(['"])|(--(?:\s|$)|;\s*(?:$|--\s))|((?:[^\s;'"]|;(?!\s*(?:$|--\s)))+))/y
  while (text.slice(word.lastIndex).trim() !== '') {
    const at = word.lastIndex
    const match = word.exec(text)
    if (!match)
      throw new ConfluentqlError(
        'SYNTAX',
        `${spelling}: cannot read ${JSON.stringify(text.slice(at).trim().slice(0, 40))}`,
      )
    const [, single, double, open, end, unquoted] = match
    if (open !== undefined)
      throw new ConfluentqlError('SYNTAX', `${spelling}: a quote is not closed`, {
        hint: `close it with ${open}`,
      })
    if (end !== undefined) break
    found.push(single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? unquoted ?? '')
  }
  return found
}
