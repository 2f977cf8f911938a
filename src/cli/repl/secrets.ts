import { isMeta } from '../script/meta.ts'
import { SECRET_NAME, SECRET_TEXT, secretTexts } from '../script/secrets.ts'
import { tokensOf } from './highlight.ts'

/** Whether an entry may hold a secret, so that it must not be kept: in a statement, or as `.set` of a name that is called like one. */
export function mayHoldSecret(entry: string): boolean {
  if (isMeta(entry))
    return (
      SECRET_NAME.test(entry.replace(/^\s*\S+\s*/, '').split(/\s/)[0] ?? '')
      || entry.split(/\s+/).some(w => SECRET_TEXT.test(w.replaceAll(/^['"]|['";]+$/g, '')))
    )
  return secretTexts(tokensOf(entry)).length > 0
}
