import { isName, isOp, isWord, nameOf } from '../../sql/lexer.ts'
import { isMeta } from '../script/meta.ts'
import { tokensOf } from './highlight.ts'

/** Names of what nobody but its owner may read. */
const SECRET_NAME = /secret|password|passwd|passphrase|credential|private_?key|sasl|jaas|(?:^|_)tokens?$|(?:^|_)auth$/i
/** A text that looks like one: the secret of a key (40 characters and more without a blank, in upper and lower case and with digits), or a signed token. */
const SECRET_TEXT = /^(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/_=-]{40,}$|^eyJ[\w-]+\.[\w-]+\.[\w-]*$/

/**
 * Whether an entry may hold a secret, so that it must not be kept: a text that looks like one, a text in a statement that
 * names a column or argument which is called like one, or `.set` of such a name. Rather one entry too many is left out.
 */
export function mayHoldSecret(entry: string): boolean {
  if (isMeta(entry)) return SECRET_NAME.test(entry.replace(/^\s*\S+\s*/, '').split(/\s/)[0] ?? '') || entry.split(/\s+/).some(w => SECRET_TEXT.test(w.replaceAll(/^['"]|['";]+$/g, '')))
  const tokens = tokensOf(entry)
  const texts = tokens.filter(t => t.kind === 'string')
  if (texts.some(t => SECRET_TEXT.test(t.value) || /secret|password|passwd|private_?key|jaas/i.test(t.value))) return true
  const isNamed = tokens.some((t, i) => (t.kind === 'param' || isName(t)) && SECRET_NAME.test(nameOf(t).replace(/^[:@$]+/, '')) && !isTableName(tokens, i))
  return isNamed && texts.length > 0
}

/** A table may be called after secrets; its rows do not show any. */
function isTableName(tokens: ReturnType<typeof tokensOf>, index: number): boolean {
  let at = index
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return isWord(tokens[at - 1], 'FROM', 'JOIN', 'IN', 'DESCRIBE')
}
