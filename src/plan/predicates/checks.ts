import type { BoundQuery } from '../binding/bound.ts'
import type { Source } from '../../sql/query.ts'
import { checkAlteredNumbers } from './altered-numbers.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { noteCapturedNames } from './captured-names.ts'
import { noteConnected } from './connected-conditions.ts'
import { checkGrouped } from './grouped-columns.ts'
import { checkJsonTexts } from './json-texts.ts'
import { noteMistakes } from './likely-mistakes.ts'
import { checkMistakenForms } from './mistaken-forms.ts'
import { Mistakes } from './mistakes.ts'
import { checkPatterns } from './patterns.ts'
import { checkTypePairs } from './type-pairs.ts'
import { checkTypes } from './type-checks.ts'
import { noteUnlinked } from './unlinked-tables.ts'
import { checkUnusedJoins } from './unused-joins.ts'
import { noteDays } from './whole-days.ts'

/**
 * Checks the expressions of a valid query: what is silently wrong is an error, what is hardly meant a notice, or in a change an error.
 * @param isChange the query gives the rows of a change
 * @returns notices about none of the tables that are read
 * @throws ConfluentqlError
 */
export function checkExpressions(
  root: BoundQuery,
  source: Source,
  analysis: ExpressionAnalysis,
  isChange: boolean,
): readonly string[] {
  const { binder } = analysis
  checkMistakenForms(binder, root)
  checkTypes(root.query, analysis)
  checkAlteredNumbers(root, analysis)
  const mistakes = new Mistakes(root, analysis, isChange)
  checkJsonTexts(mistakes)
  checkTypePairs(mistakes)
  checkPatterns(root.query, analysis)
  noteCapturedNames(mistakes)
  noteMistakes(mistakes)
  noteConnected(mistakes)
  noteDays(mistakes)
  noteUnlinked(mistakes)
  checkUnusedJoins(mistakes)
  checkGrouped(root, source, analysis)
  return [...mistakes.notes]
}
