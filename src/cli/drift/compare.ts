import { pageParams } from '../../catalog/page-params.ts'
import type { Column, Param } from '../../catalog/types.ts'
import { callOf, collectionOf, type Matched, type Ours, unnamed } from './match.ts'
import {
  type Described,
  describedAt,
  intersection,
  mergeDescribed,
  namesOf,
  type Operation,
} from './model.ts'
import { compareLeaves, compareShapes, compareValues, type Leaf, type ShapeDifference } from './shapes.ts'

/** A difference between provider files and documents. */
export interface Difference {
  readonly what:
    'resource' | 'method' | 'parameter' | 'body field' | 'column' | 'type' | 'values' | 'required' | 'rows'
  /** `provider.service.resource`; null where only a document has it. */
  readonly resource: string | null
  /** `GET /iam/v2/users`; null where it is of all calls of the resource. */
  readonly call: string | null
  /** Of the parameter, the field or the column; null of a resource or a method. */
  readonly name: string | null
  readonly ours: string | null
  readonly theirs: string | null
}

/** All differences between what was matched. */
export function compare(matched: Matched): Difference[] {
  const pairs = matched.pairs.flatMap(inCommon)
  return [...ofAlone(matched), ...pairs.flatMap(ofCall), ...ofColumns(pairs)]
}

/** A pair without queries by POST, of which only the path is compared: their body is made of conditions. */
function inCommon({ operation, methods }: Matched['pairs'][number]): Matched['pairs'] {
  const others = methods.filter(({ method }) => method.queryBody === undefined)
  return others.length === 0 ? [] : [{ operation, methods: others }]
}

/** Resources and methods that one side has alone; a resource as one difference. */
function ofAlone({ pairs, onlyOurs, onlyTheirs }: Matched): Difference[] {
  const known = new Set(pairs.flatMap(pair => pair.methods.map(({ resource }) => resource)))
  const described = new Set(pairs.map(pair => unnamed(collectionOf(pair.operation))))
  const base = { call: null, name: null, ours: null, theirs: null } as const
  const strays = new Set(onlyOurs.map(({ resource }) => resource).filter(resource => !known.has(resource)))
  const paths = new Set(onlyTheirs.map(collectionOf).filter(path => !described.has(unnamed(path))))
  return [
    ...[...strays].map(resource => ({
      ...base,
      what: 'resource' as const,
      resource: nameOf(resource),
      ours: resource.methods.map(callOf).join(', '),
    })),
    ...onlyOurs
      .filter(({ resource }) => known.has(resource))
      .map(({ resource, method }) => ({
        ...base,
        what: 'method' as const,
        resource: nameOf(resource),
        call: callOf(method),
        ours: method.name,
      })),
    ...[...paths].map(path => {
      const calls = onlyTheirs.filter(operation => collectionOf(operation) === path).map(callOf)
      return { ...base, what: 'resource' as const, resource: null, name: path, theirs: calls.join(', ') }
    }),
    ...onlyTheirs
      .filter(operation => described.has(unnamed(collectionOf(operation))))
      .map(operation => ({
        ...base,
        what: 'method' as const,
        resource: null,
        call: callOf(operation),
        theirs: operation.file,
      })),
  ]
}

const nameOf = ({ provider, service, name }: Ours['resource']): string => `${provider}.${service}.${name}`

/** Parameters and body of one call, which several methods may share. */
function ofCall({ operation, methods }: Matched['pairs'][number]): Difference[] {
  const [{ resource }] = methods as readonly [Ours, ...Ours[]]
  const at = { resource: nameOf(resource), call: callOf(operation) }
  return [...ofParams(operation, methods), ...ofBody(operation, methods)].map(({ what, ...rest }) => ({
    ...at,
    ...rest,
    what: what === 'field' ? ('body field' as const) : what,
  }))
}

type Found = Omit<Difference, 'resource' | 'call' | 'what'> & { readonly what: Difference['what'] | 'field' }

function ofParams({ path, params: theirs }: Operation, methods: readonly Ours[]): Found[] {
  const paging = new Set(
    methods.flatMap(({ method }) => [...pageParams(method.paging), ...Object.keys(method.query ?? {})]),
  )
  const ours = new Map(
    methods.flatMap(({ method }) =>
      method.params.filter(p => p.in !== 'host').map(p => [theirName(p, method.path, path), p] as const),
    ),
  )
  // the path itself has those of the path, also where a document does not list them
  const strays = [...ours].filter(([name, p]) => p.in !== 'path' && !theirs.some(q => q.name === name))
  return [
    ...strays.map(([name, p]): Found => only(name, `${p.in} ${p.type}`, null)),
    ...theirs
      .filter(p => !paging.has(p.name))
      .flatMap((p): Found[] => {
        const own = ours.get(p.name)
        if (!own) return [only(p.name, null, `${p.in} ${p.shape.type ?? 'any'}`)]
        const isNeeded = methods.every(({ method }) =>
          method.params.some(q => q.name === own.name && q.required),
        )
        const needs = {
          what: 'required',
          name: p.name,
          ours: word(isNeeded),
          theirs: word(p.required),
        } as const
        return [
          ...(own.in === p.in ? [] : [only(p.name, own.in, p.in)]),
          ...(isNeeded === p.required ? [] : [needs]),
          ...ofParam(own, p.name, p.shape),
        ]
      }),
  ]
}

const only = (name: string, ours: string | null, theirs: string | null): Found => ({
  what: 'parameter',
  name,
  ours,
  theirs,
})

function ofParam(own: Param, name: string, theirs: Described): ShapeDifference[] {
  const isList = theirs.type === 'array'
  const one = isList ? (theirs.items ?? {}) : theirs
  if (isList !== (own.repeat ?? false))
    return [
      {
        what: 'type',
        name,
        ours: own.repeat ? 'repeated' : 'one value',
        theirs: isList ? 'repeated' : 'one value',
      },
    ]
  const types = compareShapes({ type: own.type }, one.values ? { ...one, values: [] } : one, name, 'request')
  return types.length > 0 ? types : compareValues(own.values, one.values, name)
}

/** The name that a document has for a parameter, which in a path may be another. */
function theirName(param: Param, ours: string, theirs: string): string {
  const { in: place, name, wire = name } = param
  if (place !== 'path') return wire
  const at = ours.split(/[/:]/).findIndex(part => part === `{${wire}}`)
  return theirs.split(/[/:]/)[at]?.match(/^\{(.*)\}$/)?.[1] ?? wire
}

const word = (required: boolean): string => (required ? 'required' : 'optional')

function ofBody({ request }: Operation, methods: readonly Ours[]): Found[] {
  const bodies = methods.flatMap(({ method }) => (method.body ? [method.body] : []))
  if (!request)
    return bodies.length === 0 ? [] : [{ what: 'field', name: null, ours: 'a body', theirs: null }]
  const theirs = request.type === 'array' ? (request.items ?? {}) : request
  const leaves = new Map<string, Leaf>()
  for (const { fields } of bodies)
    for (const { path, json, ...field } of fields) {
      const required = bodies.every(body => body.fields.some(f => f.path === path && f.required))
      leaves.set(path, { name: path, path: path.split('.'), shape: json ? undefined : field, required })
    }
  return compareLeaves([...leaves.values()], theirs, 'request')
}

/** Columns: of a resource those of all answers together, and those of answers that have their own. */
function ofColumns(pairs: Matched['pairs']): Difference[] {
  const rows = new Map<Ours['resource'], Described[]>()
  const found: Difference[] = []
  for (const { operation, methods } of pairs)
    for (const { resource, method } of methods) {
      if (!method.rows) continue
      const at = { resource: nameOf(resource), call: callOf(operation) }
      const row = rowOf(method.rows, operation)
      if (row === undefined)
        found.push({ ...at, what: 'rows', name: method.rows.at, ours: method.rows.kind, theirs: null })
      else if (method.columns) found.push(...ofRow(method.columns, row, at))
      else rows.set(resource, [...(rows.get(resource) ?? []), row])
    }
  for (const [resource, all] of rows) {
    const row = all.reduce((a, b) => mergeDescribed(a, b, intersection))
    found.push(...ofRow(resource.columns, row, { resource: nameOf(resource), call: null }))
  }
  return found
}

function rowOf(
  { at, kind }: NonNullable<Ours['method']['rows']>,
  { answers }: Operation,
): Described | undefined {
  const answer = [...answers.values()].find(a => a !== undefined)
  const found = describedAt(answer, at)
  if (kind === 'one' || !found) return found
  return kind === 'array' ? found.items : (found.entries ?? Object.values(found.fields ?? {})[0])
}

function ofRow(
  columns: readonly Column[],
  row: Described,
  at: Pick<Difference, 'resource' | 'call'>,
): Difference[] {
  const leaves = columns.filter(c => !c.isInput && c.at !== '#key').map(leafOf)
  return compareLeaves(leaves, row, 'answer').map(({ what, ...rest }) => ({
    ...at,
    ...rest,
    what: what === 'field' ? 'column' : what,
  }))
}

function leafOf(column: Column): Leaf {
  const { name, at } = column
  return { name, path: at === undefined ? [name] : namesOf(at), shape: column }
}
