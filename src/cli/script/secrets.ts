import { MASK } from '../../engine/secrets.ts'
import { isName, isOp, isWord, nameOf, type Token } from '../../sql/lexer.ts'
import type { Piece } from '../../sql/split.ts'

/** Names of what nobody but its owner may read. */
export const SECRET_NAME =
  /secret|password|passwd|passphrase|credential|private_?key|sasl|jaas|(?:^|_)tokens?$|(?:^|_)auth$/i
/** A text that looks like one: the secret of a key (40 characters and more without a blank, in upper and lower case and with digits), or a signed token. */
export const SECRET_TEXT =
  /^(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/_=-]{40,}$|^eyJ[\w-]+\.[\w-]+\.[\w-]*$/

/**
 * The texts of a statement that may be secrets: those that look like one, and all of a statement that names a column or
 * argument which is called like one, since only SQLite knows which of them meet. Rather one too many.
 */
export function secretTexts(tokens: readonly Token[]): readonly Token[] {
  const texts = tokens.filter(t => t.kind === 'string' || t.kind === 'blob')
  if (texts.length === 0) return texts
  const isNamed = tokens.some(
    (t, i) =>
      (t.kind === 'param' || isName(t))
      && SECRET_NAME.test(nameOf(t).replace(/^[:@$]+/, ''))
      && !isTableName(tokens, i),
  )
  return isNamed
    ? texts
    : texts.filter(
        t => SECRET_TEXT.test(t.value) || /secret|password|passwd|private_?key|jaas/i.test(t.value),
      )
}

/** A table may be called after secrets; its rows do not show any. */
function isTableName(tokens: readonly Token[], index: number): boolean {
  let at = index
  while (isOp(tokens[at - 1], '.') && isName(tokens[at - 2])) at -= 2
  return isWord(tokens[at - 1], 'FROM', 'JOIN', 'IN', 'DESCRIBE')
}

/** A statement as it may be shown: as it was written, with a mask for each text that may be a secret. */
export function shownStatement(
  text: string,
  { tokens, start, end }: Pick<Piece, 'tokens' | 'start' | 'end'>,
): string {
  let shown = ''
  let from = start
  for (const token of secretTexts(tokens)) {
    shown += `${text.slice(from, token.start)}'${MASK}'`
    from = token.end
  }
  return shown + text.slice(from, end)
}
