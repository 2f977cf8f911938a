import { PROFILE } from '../../catalog/profiles.ts'
import { ConfluentqlError } from '../../errors.ts'
import { kindOfRows, singular } from '../../engine/calls/parents.ts'
import { didYouMean } from '../../plan/names.ts'
import type { PlanColumn } from '../../plan/plan.ts'

/** A parent of the exported table: what gives the keys without which it cannot be read. */
export interface TableParent {
  /** Full name; none: `values` are all keys. */
  readonly table: string | undefined
  readonly values: readonly (string | number)[]
  /** By key of the exported table: the dotted column of the parent. */
  readonly keys: Readonly<Record<string, string>>
  /** The columns of the parent. */
  readonly columns: readonly PlanColumn[]
}

/** Where the values of a level of folders come from. */
export type LevelSource =
  | { readonly kind: 'profile' }
  /** A dotted column of a parent. */
  | { readonly kind: 'parent'; readonly parent: TableParent; readonly path: string }
  /** A column of the result. */
  | { readonly kind: 'column'; readonly index: number }

/** A level of folders: `name=value`. */
export interface Level {
  readonly name: string
  readonly source: LevelSource
}

/**
 * The levels of folders. A name is that of a key of the table, of a column of the result, or of a column of the parents; `cluster`
 * is short for a key `kafka_cluster_id`, and for the `id` of a parent whose rows are clusters.
 * @throws ConfluentqlError USAGE for a name that is none of these, or that several are short for
 */
export function levelsOf(
  names: readonly string[],
  columns: readonly PlanColumn[],
  parents: readonly TableParent[],
  hasProfiles: boolean,
): Level[] {
  const all = hasProfiles && !names.some(n => same(n, PROFILE)) ? [PROFILE, ...names] : names
  const twice = all.find((name, i) => all.findIndex(other => same(other, name)) < i)
  if (twice !== undefined) throw usage(`--partition-by has ${twice} twice`)
  return all.map(name => ({ name, source: sourceOf(name, columns, parents, hasProfiles) }))
}

function sourceOf(
  name: string,
  columns: readonly PlanColumn[],
  parents: readonly TableParent[],
  hasProfiles: boolean,
): LevelSource {
  if (hasProfiles && same(name, PROFILE)) return { kind: 'profile' }
  const keys = parents.flatMap(parent =>
    Object.entries(parent.keys).map(([key, path]) => ({ key, path, parent })),
  )
  const exact = keys.find(({ key }) => same(key, name))
  if (exact) return { kind: 'parent', parent: exact.parent, path: exact.path }
  const found = columns.flatMap((column, index) => (same(column.name, name) ? [index] : []))
  if (found.length > 1)
    throw usage(`--partition-by ${name}: the result has ${found.length} columns of that name`)
  if (found.length === 1) return { kind: 'column', index: found[0]! }
  const ofParents = parents.flatMap(parent =>
    parent.columns
      .filter(column => same(column.name, name))
      .map(({ name: path }) => ({ key: path, path, parent })),
  )
  const ids = parents.filter(({ table, columns: own }) => isOf(table, name) && own.some(c => c.name === 'id'))
  const meant = [
    keys.filter(({ key }) => isShort(name, key)),
    ofParents,
    ids.map(parent => ({ key: 'id', path: 'id', parent })),
  ].find(candidates => candidates.length > 0)
  if (!meant)
    throw unknown(
      name,
      columns,
      keys.map(({ key }) => key),
    )
  if (meant.length > 1)
    throw usage(`--partition-by ${name} is short for several: ${meant.map(({ key }) => key).join(', ')}`)
  return { kind: 'parent', parent: meant[0]!.parent, path: meant[0]!.path }
}

/** `cluster` is short for `cluster_id`, `kafka_cluster_id` and `spec.kafka_cluster.id`. */
function isShort(name: string, key: string): boolean {
  const words = key.toLowerCase().replaceAll('.', '_').replace(/_id$/, '')
  return words === name.toLowerCase() || words.endsWith(`_${name.toLowerCase()}`)
}

/** Whether the rows of a table are what a name says: clusters for `cluster`. */
function isOf(table: string | undefined, name: string): boolean {
  return table !== undefined && same(singular(kindOfRows(table)).replaceAll(' ', '_'), name)
}

function unknown(name: string, columns: readonly PlanColumn[], keys: readonly string[]): ConfluentqlError {
  const known = [...new Set([...columns.map(c => c.name), ...keys])]
  return new ConfluentqlError(
    'USAGE',
    `--partition-by ${name}: no column of that name${didYouMean(name, known)}`,
    { hint: `there are ${known.join(', ')}. A SELECT may compute one: SELECT *, spec.cloud AS cloud FROM …` },
  )
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function usage(message: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', message)
}
