import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { ColumnReference, Expression } from '../../sql/expression.ts'
import { hasSubquery } from '../../sql/properties.ts'
import type { Range } from '../../sql/query.ts'
import { nodesBelow, ownNodes } from '../binding/traverse.ts'
import { fullName, spanOf } from '../names.ts'

/** A parameter that says how rows are changed, not which: `permanent = true`. */
export interface Option {
  readonly name: string
  readonly expr: Range
}

/**
 * Separates the options from the conditions of a change: `name = value`, where the name is a parameter that selects no
 * rows and is no column. The rest selects the rows.
 * @throws ConfluentqlError if such a name is used in any other way
 */
export function splitOptions(
  conditions: readonly Expression[],
  resource: Resource,
  methods: readonly Method[],
  alias: string,
): { readonly options: readonly Option[]; readonly rest: readonly Expression[] } {
  const names = optionNames(resource, methods)
  const optionNamed = (e: ColumnReference): string | undefined =>
    isColumnName(e.parts, alias)
      ? names.find(n => n.toLowerCase() === e.parts.at(-1)!.toLowerCase())
      : undefined
  const options: Option[] = []
  const rest: Expression[] = []
  for (const e of conditions) {
    const option = optionOf(e, optionNamed)
    if (option && options.some(o => o.name === option.name))
      throw new ConfluentqlError('VALUE', `"${option.name}" is given twice`, {
        span: spanOf(e.source, e.range),
      })
    if (option) options.push(option)
    else rest.push(e)
  }
  for (const e of rest) {
    for (const node of nodesBelow(e)) {
      const name = node.kind === 'column' ? optionNamed(node) : undefined
      if (name !== undefined) throw misplaced(name, resource, node)
    }
  }
  return { options, rest }
}

function misplaced(name: string, resource: Resource, at: Expression): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `"${name}" of ${fullName(resource)} is a parameter of the request, not data: its rows cannot verify the condition`,
    { span: spanOf(at.source, at.range), hint: `give it by itself, with a constant: AND ${name} = …` },
  )
}

function optionNames(resource: Resource, methods: readonly Method[]): string[] {
  const all = methods.flatMap(m => m.params.flatMap(p => (p.column === undefined ? [p.name] : [])))
  return [...new Set(all)].filter(n => !resource.columns.some(c => c.name.toLowerCase() === n.toLowerCase()))
}

/** Whether a name is a column, with or without the alias of the table. */
const isColumnName = (parts: readonly string[], alias: string): boolean =>
  parts.length === 1 || (parts.length === 2 && parts[0]!.toLowerCase() === alias.toLowerCase())

function optionOf(
  e: Expression,
  optionNamed: (e: ColumnReference) => string | undefined,
): Option | undefined {
  if (e.kind !== 'comparison' || e.operator !== '=' || e.left.kind !== 'column') return undefined
  const name = optionNamed(e.left)
  const isConstant = !hasSubquery(e.right) && !ownNodes(e.right).some(x => x.kind === 'column')
  return name !== undefined && isConstant ? { name, expr: e.right.range } : undefined
}
