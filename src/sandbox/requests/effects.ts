import { ConfluentqlError } from '../../errors.ts'
import { at, mergeObjects } from '../rows/json.ts'
import { filledObject, make } from '../rows/document.ts'
import { failure, type Reply } from '../reply.ts'
import type { Row, State } from '../rows/state.ts'
import { fill, fillString, withNames, type Scope } from '../rows/template.ts'
import type { Effect, HttpMethod, Json, Pick, Refusal } from '../types.ts'

/** The first of the resource's refusals that applies to a request; `row` is its target, if any. */
export function refusal(
  state: State,
  resource: string,
  http: HttpMethod,
  row: Row | undefined,
  scope: Scope,
): Reply | undefined {
  for (const rule of state.behaviour(resource).refuse ?? []) {
    const match = rule.on.includes(http) ? holds(state, rule, row, scope) : undefined
    if (match === undefined) continue
    const conflicting = match === true ? undefined : at(match.doc, 'metadata.self')
    const reply = failure(rule.status, fillString(rule.detail, scope), {
      code: rule.code,
      number: rule.number,
      pointer: rule.pointer,
    })
    return typeof conflicting === 'string' && rule.status === 409
      ? { ...reply, location: conflicting }
      : reply
  }
  return undefined
}

/** The row that a rule found, true if the rule applies without one, undefined if it does not apply. */
function holds(state: State, rule: Refusal, row: Row | undefined, scope: Scope): Row | true | undefined {
  if (rule.when !== undefined && (row === undefined || !state.matches(row, rule.when, scope)))
    return undefined
  if (rule.missing !== undefined) {
    const found = rule.missing.map(pick => state.find(pick, scope)).filter(rows => rows !== undefined)
    if (found.length === 0 || found.some(rows => rows.length > 0)) return undefined
  }
  if (rule.found === undefined) return true
  return state.find(rule.found, scope)?.find(({ seq }) => seq !== row?.seq)
}

/** A chain of deletions longer than this is a loop in the data. */
const MAX_DEPTH = 10

/** Applies the effects of a successful request; deletions have effects in turn. */
export function follow(state: State, resource: string, http: HttpMethod, scope: Scope, depth = 0): void {
  if (depth > MAX_DEPTH)
    throw new ConfluentqlError('PROVIDER', `sandbox data: the effects of ${http} on ${resource} have no end`)
  for (const effect of state.behaviour(resource).after ?? []) {
    for (const item of effect.on.includes(http) ? items(effect, scope) : []) {
      const inner = withNames(scope, { item })
      if (isDue(state, effect, inner)) apply(state, effect, inner, depth)
    }
  }
}

function isDue(state: State, { given, unless }: Effect, scope: Scope): boolean {
  const there = (pick: Pick): boolean => (state.find(pick, scope)?.length ?? 0) > 0
  return (given === undefined || there(given)) && (unless === undefined || !there(unless))
}

/** The items that an effect is repeated for: the elements of its list, or numbers from 0. */
function items({ each }: Effect, scope: Scope): readonly Json[] {
  if (each === undefined) return [null]
  const value = fill(each, scope)
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => index)
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function apply(state: State, effect: Effect, scope: Scope, depth: number): void {
  if (effect.delete !== undefined) {
    const { in: resource } = effect.delete
    for (const row of state.find(effect.delete, scope) ?? []) {
      state.remove(resource, row)
      if (state.behaviour(resource).opens !== undefined) state.sites.drop(String(row.doc.id))
      follow(state, resource, 'DELETE', withNames(scope, { doc: row.doc }), depth + 1)
    }
  }
  if (effect.update !== undefined) {
    const { in: resource, set } = effect.update
    for (const row of state.find(effect.update, scope) ?? []) {
      const inner = withNames(scope, { doc: row.doc })
      state.replace(
        resource,
        row,
        [filledObject(set, inner), filledObject(state.behaviour(resource).touch, inner)].reduce(
          mergeObjects,
          row.doc,
        ),
      )
    }
  }
  if (effect.insert !== undefined) {
    const { in: resource, let: given, body, site: named } = effect.insert
    const site = named === undefined ? scope.site : fillString(named, scope)
    const inner = site === undefined ? scope : { ...withNames(scope, { site }), site }
    const behaviour = state.behaviour(resource)
    const { doc, scope: made } = make(behaviour, filledObject(body, inner), inner, filledObject(given, inner))
    if (behaviour.opens !== undefined) state.sites.open(behaviour.opens, String(doc.id))
    state.add(resource, { keys: {}, site, reads: 0, doc })
    follow(state, resource, 'POST', withNames(made, { doc }), depth + 1)
  }
}
