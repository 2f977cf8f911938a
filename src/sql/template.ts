import { ConfluentqlError } from '../errors.ts'
import type { Token } from './lexer.ts'

const PLACEHOLDER = String.raw`\{\{-?\s*\.(?:\w+\.)*([A-Za-z_]\w*)\s*-?\}\}`
const WHOLE = new RegExp(`^${PLACEHOLDER}$`)
/** Inside a longer text a placeholder may be meant literally, unless it has the form `{{ .values.name }}`. */
const INSIDE = new RegExp(PLACEHOLDER.replace(String.raw`\.(?:\w+\.)*`, String.raw`\.values\.(?:\w+\.)*`))

/** Refuses texts that are templates of another program: they would be sent literally. @throws ConfluentqlError SYNTAX */
export function refuseTemplates(tokens: readonly Token[]): void {
  for (const { kind, value, start, end } of tokens) {
    if (kind !== 'string' || !value.includes('{{')) continue
    const whole = WHOLE.exec(value)
    const found = whole ?? INSIDE.exec(value)
    if (!found) continue
    const name = found[1]!
    const written = whole ? `:${name} without quotes` : `'…' || :${name} || '…'`
    throw new ConfluentqlError('SYNTAX', `${found[0]} is a template, which nothing fills in`, {
      span: { start, end },
      hint: `write ${written}, and give its value with -v ${name}=… or .set ${name} …`,
    })
  }
}
