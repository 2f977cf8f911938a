import type { Statement } from '../queries.ts'
import { Random } from '../random.ts'
import type { Dataset } from '../world.ts'
import { antiJoin } from './antijoins.ts'
import { collation, quotedCall } from './calls.ts'
import { comparison } from './comparisons.ts'
import { Draft, type Made } from './draft.ts'
import { membership } from './memberships.ts'
import { script } from './scripts.ts'
import { aliasHere, aliasInside, cteNames, quotedNames } from './names.ts'

/** Forms of statements that need more than chance to have rows; each is counted by its name. */
export const FORMS: Readonly<Record<string, (d: Draft) => Made>> = {
  'anti-join': antiJoin,
  'IN name': membership,
  alias: aliasHere,
  'alias in a subquery': aliasInside,
  'quoted name': quotedNames,
  'name of a CTE': cteNames,
  'quoted call': quotedCall,
  collation,
  comparison,
  script,
}

/** How often a statement without rows is made anew. */
const TRIES = 8

/**
 * A statement of a form.
 * @param hasRows whether SQLite takes it, and finds rows
 */
export function makeForm(
  name: string,
  seed: number,
  data: Dataset,
  hasRows: (statement: Statement) => boolean,
): Statement {
  const random = new Random(seed)
  const make = (): Statement => ({
    answerable: true,
    features: [name],
    ...FORMS[name]!(new Draft(random, data)),
  })
  let made = make()
  for (let left = random.chance(0.2) ? 0 : TRIES; left > 0 && !hasRows(made); left--) made = make()
  return made
}
