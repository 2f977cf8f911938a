import type { Resource } from '../../catalog/types.ts'
import type { ExecNode, Query, Range, Source, TableNode } from '../../sql/query.ts'
import { ownNamed, type PlanContext, type TableShape, type View } from '../context.ts'
import { readCall } from './exec.ts'
import { findResource, spanOf, unknownAfterIn, unknownTable } from '../names.ts'
import { quote, type Splices } from '../splice.ts'
import type { BoundCore, Relation, TableRef } from './bound.ts'
import { localColumns } from './core-outputs.ts'
import { columnsOf } from './columns.ts'

/** Stands between the name of a view and the profile of one of its parts. */
export const PART = '@'

/** Binds resources and tables of the session in FROM, and replaces their names in the text. */
export class TableBinder {
  readonly refs: TableRef[] = []
  /** While a view is bound: where the statement names it. Errors in the view point there. */
  site: TableRef['site']
  readonly splices: Splices
  /** While the part of a view is bound that is of one profile: that profile. */
  profile: string | undefined
  readonly #context: PlanContext
  readonly #tablePrefix: string

  constructor(context: PlanContext, splices: Splices, tablePrefix: string) {
    this.#context = context
    this.splices = splices
    this.#tablePrefix = tablePrefix
  }

  /** A table of the session. Its name is written with the schema, so that no CTE of the same name captures it. */
  local(local: TableShape, node: TableNode, core: BoundCore, alias: string): Relation {
    this.splice(node, core, `${local.schema ?? 'temp'}.${quote(local.name)}`, alias)
    const columns = localColumns(local)
    return { kind: 'local', core, alias, columns, table: local.name, schema: local.schema ?? 'temp', node }
  }

  /** Replaces the name of a table; after IN, by a subquery. */
  splice(
    { name, alias: given }: TableNode,
    { parent }: BoundCore,
    table: string | (() => string),
    alias: string,
  ): void {
    const { form, source } = parent.query
    const write = (text: string): string =>
      form === 'table'
        ? `(SELECT * FROM ${text})`
        : `${text}${given === undefined ? ` AS ${quote(alias)}` : ''}`
    this.splices.add(source, name, typeof table === 'string' ? write(table) : () => write(table()))
  }

  /** EXEC in FROM: its call as a table. */
  exec(node: ExecNode, core: BoundCore): Relation {
    const { source } = core.parent.query
    const call = readCall(source, node.range, this.#context)
    const ref: TableRef = { ...this.#ref(call.resource, source, node.whole), exec: call }
    this.refs.push(ref)
    const alias = node.alias ?? call.method.name
    this.splices.add(source, node.whole, `${quote(ref.table)}${node.alias ? '' : ` AS ${quote(alias)}`}`)
    return { kind: 'ref', core, alias, columns: columnsOf(call.resource.columns), ref, node }
  }

  #ref(resource: Resource, source: Source, name: Range): TableRef {
    const id = this.refs.length + 1
    const table = `${this.#tablePrefix}${id}`
    return {
      id,
      resource,
      table,
      used: new Set(),
      tested: new Map(),
      unusable: new Map(),
      notes: new Set(),
      source,
      name,
      ...(this.profile !== undefined && { profile: this.profile }),
    }
  }

  /** The view of that name, if there is one. */
  view(parts: readonly string[]): View | undefined {
    const [whole, profile] = parts.join('.').split(PART)
    const view = this.#view(whole!.split('.'))
    return view && profile !== undefined ? { ...view, name: view.name + PART + profile, profile } : view
  }

  #view(parts: readonly string[]): View | undefined {
    const { views, provider } = this.#context
    const name = parts.join('.').toLowerCase()
    return ownNamed(parts, views) ?? (provider ? views.get(`${provider.toLowerCase()}.${name}`) : undefined)
  }

  #findResource(node: TableNode, { form, source }: Query): Resource {
    const { provider } = this.#context
    const span = spanOf(source, node.name)
    if (node.parts.length === 3) return findResource(this.#context, node.parts, span)
    if (node.parts.length === 2 && provider)
      return findResource(this.#context, [provider, ...node.parts], span)
    throw form === 'table' ? unknownAfterIn(source, node.name) : unknownTable(node.parts, this.#context, span)
  }

  /** A resource. @throws ConfluentqlError UNKNOWN_NAME with the position */
  resource(node: TableNode, core: BoundCore, alias: string): Relation {
    const { source } = core.parent.query
    const resource = this.#findResource(node, core.parent.query)
    const ref: TableRef = { ...this.#ref(resource, source, node.name), ...(this.site && { site: this.site }) }
    this.refs.push(ref)
    this.splice(node, core, quote(ref.table), alias)
    return { kind: 'ref', core, alias, columns: columnsOf(resource.columns), ref, node }
  }
}
