import { keyPart } from '../catalog/keys.ts'
import type { Column, Method, Param, Resource, UnsupportedMethod, Verb } from '../catalog/types.ts'
import { readMethod, type MethodDraft, type ServiceFacts } from './methods.ts'
import type { ParamDraft } from './params.ts'
import { LONG_ID, plainPath } from './parents.ts'
import { member, shortText } from './tree.ts'
import { VERBS, verbMethodsOf } from './verbs.ts'

/** Converts a resource with its methods. */
export function convertResource(
  name: string,
  source: unknown,
  service: string,
  facts: ServiceFacts,
): Resource {
  const drafts: MethodDraft[] = []
  const unsupported: UnsupportedMethod[] = []
  for (const method of verbMethodsOf(source)) {
    const read = readMethod(method.name, method.source, method.verb, member(source, 'config'), facts)
    if ('reason' in read) unsupported.push(read)
    else drafts.push(read)
  }
  drafts.sort((a, b) => VERBS.indexOf(a.base.verb) - VERBS.indexOf(b.base.verb))
  const table = new Table(drafts)
  const methods = table.methods(drafts)
  const summary = shortText(member(source, 'description')) ?? shortText(member(source, 'title')) ?? name
  return {
    provider: facts.provider,
    service,
    name: name.toLowerCase(),
    summary,
    columns: table.columns(),
    methods,
    ...(unsupported.length > 0 && { unsupported }),
  }
}

/** Names of parameters that say how to answer: they are never meant as a condition on the column of that name. */
const MANNER =
  /^\$?(?:sort|sortby|sort_by|sortorder|sort_order|order|orderby|order_by|direction|expand|fields|select|include|exclude|embed|q|query|search|filter|format|view|page|offset|limit|cursor)$/i
const ALL = /^(?:all|any|none|\*)$/i

/** The columns of a resource: those of its answers, and the input columns of its parameters. */
class Table {
  readonly #answered = new Map<string, Column>()
  readonly #inputs = new Map<string, Column>()
  /** Names of columns whose parameter asks for something else. */
  readonly #asked = new Set<string>()
  /** Those of them that are keys of the listed rows, so that the answer has what was asked for. */
  readonly #keys: ReadonlySet<string>
  readonly #isMixed: boolean

  constructor(drafts: readonly MethodDraft[]) {
    const selects = drafts.filter(draft => draft.base.verb === 'select')
    for (const { answer } of selects)
      for (const column of answer.columns) {
        const key = column.name.toLowerCase()
        if (!this.#answered.has(key)) this.#answered.set(key, column)
      }
    this.#isMixed = selects.some(draft => this.#isElsewhere(draft))
    this.#keys = keysOf(drafts)
    for (const draft of drafts) {
      if (!selectsRows(draft.base.verb)) continue
      for (const param of draft.inputs.params) {
        const column = this.#answered.get(param.name.toLowerCase())
        if (column !== undefined && isAsked(param, column) && isKept(param, draft.base.verb))
          this.#asked.add(param.name.toLowerCase())
      }
    }
  }

  /** Whether a SELECT answers a column at another place than the first, or the resource has a column that would be its whole row. */
  #isElsewhere({ answer }: MethodDraft): boolean {
    const own = new Map(answer.columns.map(column => [column.name.toLowerCase(), column]))
    return [...this.#answered].some(([key, first]) => {
      const column = own.get(key)
      if (column === undefined) return first.at === '$'
      return (
        column.name !== first.name
        || (column.at ?? '') !== (first.at ?? '')
        || (column.orAt ?? '') !== (first.orAt ?? '')
      )
    })
  }

  methods(drafts: readonly MethodDraft[]): Method[] {
    // the columns of a method have the input columns of all, which their parameters make
    const params = drafts.map(({ base, inputs }) => inputs.params.map(draft => this.#param(draft, base.verb)))
    return drafts.map((draft, i) => this.#method(draft, params[i]!))
  }

  #method({ base, answer }: MethodDraft, params: readonly Param[]): Method {
    const { verb } = base
    const columns =
      verb === 'select' ? this.#selectColumns(answer.columns) : this.#changeColumns(base, answer.columns)
    const { name, verb: _, ...rest } = base
    return { name, verb, ...rest, params, ...(columns && { columns }) }
  }

  /** All columns. Those of optional parameters are hidden. */
  columns(): Column[] {
    return [...this.#answered.values(), ...this.#inputs.values()]
  }

  #param(draft: ParamDraft, verb: Verb): Param {
    const { isList, join, ...plain } = draft
    if (verb === 'insert') {
      // what an INSERT gives is what its row is selected by
      const input = this.#inputs.get(draft.name.toLowerCase())
      return input === undefined || !isKept(draft, 'insert')
        ? plain
        : { ...plain, column: keyPart(input.name) }
    }
    if (!selectsRows(verb) || !isKept(draft, verb)) return plain
    const column = this.#answered.get(draft.name.toLowerCase())
    if (column === undefined)
      return { ...plain, column: keyPart(this.#input(draft, draft.name)), filter: 'exact' }
    if (this.#asked.has(draft.name.toLowerCase()))
      return {
        ...plain,
        column: keyPart(this.#input(draft, `asked_${column.name}`, column)),
        filter: 'exact',
      }
    return {
      ...plain,
      column: keyPart(column.name),
      filter: 'inexact',
      ...(isList && { repeat: true, ...(join !== undefined && { join }) }),
    }
  }

  /** The input column of a parameter. That of a required one is visible; with a column of the answer, it has that column's value where nothing is asked. */
  #input(draft: ParamDraft, name: string, answered?: Column): string {
    const known = this.#inputs.get(name.toLowerCase())
    const isHidden = answered !== undefined || !draft.required || draft.in === 'server'
    if (known !== undefined) {
      if (!isHidden && known.isHidden) {
        const { isHidden: _, ...shown } = known
        this.#inputs.set(name.toLowerCase(), shown)
      }
      return known.name
    }
    const isScalar = answered !== undefined && answered.type !== 'object' && answered.type !== 'array'
    const at = answered && placeOf(answered)
    this.#inputs.set(name.toLowerCase(), {
      name,
      type: isScalar ? answered.type : draft.type,
      isInput: true,
      ...(isScalar && at !== undefined && { at }),
      ...(isScalar && answered.orAt !== undefined && { orAt: answered.orAt }),
      ...(isScalar && this.#keys.has(answered.name.toLowerCase()) && { isAnswered: true }),
      ...(isHidden && { isHidden: true }),
      ...(draft.values && { values: draft.values }),
      ...(draft.about !== undefined && { about: draft.about }),
    })
    return name
  }

  /**
   * The columns of a SELECT, if answers have them at different places. Columns that its answer lacks are NULL; but no path
   * leads into a row that is a scalar, so such a method cannot serve a statement that uses them.
   */
  #selectColumns(own: readonly Column[]): Column[] | undefined {
    if (!this.#isMixed) return undefined
    const places = new Map(own.map(column => [column.name.toLowerCase(), column]))
    const isScalar = own.some(({ at, type }) => at === '$' && type !== 'object')
    const answered = [...this.#answered].flatMap(([key, first]) => {
      const column = places.get(key)
      if (column) return [{ ...column, name: first.name }]
      const { at: _at, orAt: _orAt, ...lacking } = first
      return isScalar ? [] : [lacking]
    })
    const inputs = [...this.#inputs.values()].map(input => {
      if (input.at === undefined) return input
      const { at: _at, orAt: _orAt, ...plain } = input
      const column = places.get(input.name.replace(/^asked_/, '').toLowerCase())
      return column === undefined || isScalar
        ? plain
        : { ...plain, at: placeOf(column), ...(column.orAt !== undefined && { orAt: column.orAt }) }
    })
    return [...answered, ...inputs]
  }

  /** The columns of the answer of a change, if they are not those of the resource. */
  #changeColumns({ verb, rows }: MethodDraft['base'], own: readonly Column[]): readonly Column[] | undefined {
    if (rows === undefined) return undefined
    const isSame =
      verb !== 'exec'
      && own.length === this.#answered.size
      && own.every(column => {
        const first = this.#answered.get(column.name.toLowerCase())
        return (
          first !== undefined
          && first.name === column.name
          && first.at === column.at
          && first.orAt === column.orAt
        )
      })
    return isSame ? undefined : own.map(shallow)
  }
}

/**
 * Names of columns that are keys of the listed rows: `id`, if `{id}` stands only in paths like `/users/{id}`, where `/users`
 * lists the rows.
 */
function keysOf(drafts: readonly MethodDraft[]): ReadonlySet<string> {
  const selects = drafts.filter(draft => draft.base.verb === 'select')
  const place = (draft: MethodDraft, path: string): string => `${draft.base.host} ${plainPath(path)}`
  const lists = new Set(selects.flatMap(d => (d.base.rows?.kind === 'array' ? [place(d, d.base.path)] : [])))
  const found = new Map<string, boolean>()
  for (const draft of drafts.filter(d => selectsRows(d.base.verb)))
    for (const { name, wire = name, in: where } of draft.inputs.params) {
      const [before] = draft.base.path.split(`/{${wire}}`)
      const isKey = where === 'path' && /^(?:\w*_)?(?:id|uuid|uid|guid)$|Id$/.test(name)
      const key = name.toLowerCase()
      found.set(key, found.get(key) !== false && isKey && lists.has(place(draft, before!)))
    }
  const isAnswered = (key: string): boolean =>
    selects.every(({ answer }) =>
      answer.columns.some(c => c.name.toLowerCase() === key && !LONG_ID.test(c.about ?? '')),
    )
  return new Set([...found].flatMap(([key, isKey]) => (isKey && isAnswered(key) ? [key] : [])))
}

/** The place of a column in a row of the answer. */
function placeOf({ name, at }: Column): string {
  return at ?? `$.${/^\w+$/.test(name) ? name : `"${name}"`}`
}

/** Columns of what changes answer list no fields below the first. */
function shallow({ fields, items, ...column }: Column): Column {
  return {
    ...column,
    ...(fields && {
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, { fields: _fields, items: _items, about: _about, ...field }]) => [
          name,
          field,
        ]),
      ),
    }),
    ...(items && { items: { type: items.type } }),
  }
}

function selectsRows(verb: Verb): boolean {
  return verb !== 'insert' && verb !== 'exec'
}

/** A change selects rows by what it requires; its other parameters are options. */
function isKept(param: ParamDraft, verb: Verb): boolean {
  return verb === 'select' || param.required || param.in === 'server'
}

/** Whether a parameter asks for something else than the column of its name has. */
function isAsked(param: ParamDraft, column: Column): boolean {
  if (param.required || param.json !== undefined || param.in === 'server' || param.in === 'header')
    return true
  if (column.type === 'object' || column.type === 'array' || MANNER.test(param.name)) return true
  const { values } = param
  if (values === undefined) return false
  return (
    values.some(value => ALL.test(value))
    || (column.values !== undefined && !values.every(v => column.values!.includes(v)))
  )
}
