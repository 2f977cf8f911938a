import { PROFILE } from '../../catalog/profiles.ts'
import type { Param } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { ParentSource, Scan } from '../../plan/plan.ts'
import type { Args } from './calls.ts'

/** Tells which parameters the statement does not give, and for how many parents its table is read instead. */
export function tellParents(
  { parents, feeds, resource, method }: Scan,
  calls: readonly Args[],
  { onNotice }: { readonly onNotice?: ((text: string) => void) | undefined },
): void {
  const missing = parents?.filter(p => p.params.some(name => name !== PROFILE))
  if (!missing?.length || feeds !== undefined) return
  const names = missing.flatMap(p => p.params).filter(name => name !== PROFILE)
  const count = ({ params, keys }: ParentSource): number => {
    // a base URL that the user has for a resource is none of the arguments, but its id is
    const isKey = (p: Param): boolean => params.includes(p.name) || keys.includes(p.column ?? '')
    const given = method.params.filter(isKey).map(p => p.name)
    const rows = calls.flatMap(args =>
      given.length === 1
        ? (args[given[0]!] ?? []).map(String)
        : [JSON.stringify(given.map(name => String(args[name])))],
    )
    return new Set(rows).size
  }
  const each = missing.map(p => nounOf(p, count(p)))
  onNotice?.(`${names.join(' and ')} not given: asked for ${each.join(' and ')} (${fullName(resource)})`)
}

function nounOf({ table, params }: ParentSource, count: number): string {
  const many = table === undefined ? `values of ${params.join()}` : kindOfRows(table)
  if (count === 0) return `no ${many}`
  return count === 1
    ? `1 ${table === undefined ? `value of ${params.join()}` : singular(many)}`
    : `each of ${count} ${many}`
}

/** What the rows of a table are, in words: `Kafka clusters`. */
export function kindOfRows(table: string): string {
  return table
    .split('.')
    .at(-1)!
    .replace(/^v\d+_/, '')
    .replaceAll('_', ' ')
}

/** The singular of a name of rows: `cluster`. */
export function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/s$/, '')
}

/** Adds to the error of a scan that is not in the statement why its table is read. */
export function explainParent(error: unknown, { feeds, resource }: Scan): unknown {
  if (!feeds || !(error instanceof ConfluentqlError) || error.code === 'ABORTED') return error
  const why = `${fullName(resource)} is read because the statement does not give ${feeds.params.join(' and ')} of ${feeds.table}`
  return new ConfluentqlError(error.code, error.message, {
    hint: error.hint === undefined ? why : `${error.hint}. ${why}`,
    ...(error.status !== undefined && { status: error.status }),
    missing: error.missing,
    cause: error.cause,
  })
}
