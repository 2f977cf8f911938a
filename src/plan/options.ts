import type { Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isName, isOp, isWord, nameOf } from '../sql/lexer.ts'
import { conjuncts, readPredicate } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { eachChain } from './chains.ts'
import { fullName, spanOf } from './names.ts'

/** A parameter that says how a change is made, not of which rows: `permanent = true`. */
export interface Option {
  readonly name: string
  readonly expr: Range
}

/**
 * Takes the options out of a WHERE: conditions `name = value` joined by AND whose name is a parameter of a method that
 * selects no rows, and no column. The rest, condition by condition, is what picks the rows.
 * @throws ConfluentqlError where such a name is used in any other way, since no row has it
 */
export function takeOptions(
  where: Range | undefined,
  resource: Resource,
  methods: readonly Method[],
  alias: string,
  source: Source,
): { readonly options: readonly Option[]; readonly rest: readonly Range[] } {
  if (!where) return { options: [], rest: [] }
  const names = optionNames(resource, methods)
  const options: Option[] = []
  const kept: Range[] = []
  for (const range of conjuncts(source, where)) {
    const option = optionAt(source, range, names, alias)
    if (option && options.some(o => o.name === option.name))
      throw new ConfluentqlError('VALUE', `"${option.name}" is given twice`, { span: spanOf(source, range) })
    if (option) options.push(option)
    else kept.push(range)
  }
  const refuse = (range: Range): void =>
    eachChain(source, range, [], (at, parts) => {
      const name = names.find(n => n.toLowerCase() === parts.at(-1)!.toLowerCase() && isBare(parts, alias))
      if (name === undefined) return
      throw new ConfluentqlError(
        'VALUE',
        `"${name}" of ${fullName(resource)} is a parameter of the request, not data: the condition cannot be told from its rows`,
        { span: spanOf(source, at), hint: `give it by itself, with a constant: AND ${name} = …` },
      )
    })
  kept.forEach(refuse)
  options.forEach(o => refuse(o.expr))
  return { options, rest: kept }
}

function optionNames(resource: Resource, methods: readonly Method[]): string[] {
  const all = methods.flatMap(m => m.params.flatMap(p => (p.column === undefined ? [p.name] : [])))
  return [...new Set(all)].filter(n => !resource.columns.some(c => c.name.toLowerCase() === n.toLowerCase()))
}

const isBare = (parts: readonly string[], alias: string): boolean =>
  parts.length === 1 || (parts.length === 2 && parts[0]!.toLowerCase() === alias.toLowerCase())

function optionAt(source: Source, range: Range, names: readonly string[], alias: string): Option | undefined {
  const { tokens } = source
  const first = tokens[range.from]
  const isQualified =
    isName(first) && nameOf(first!).toLowerCase() === alias.toLowerCase() && isOp(tokens[range.from + 1], '.')
  const at = range.from + (isQualified ? 2 : 0)
  if (!isName(tokens[at]) || !isOp(tokens[at + 1], '=', '==')) return undefined
  const name = names.find(n => n.toLowerCase() === nameOf(tokens[at]!).toLowerCase())
  const expr = { from: at + 2, to: range.to }
  if (name === undefined || expr.to <= expr.from || !isEquality(source, range, expr)) return undefined
  let isConstant = !tokens.slice(expr.from, expr.to).some(t => isWord(t, 'SELECT', 'VALUES'))
  eachChain(source, expr, [], (chain, parts) => {
    if (parts.length > 1 || !isWord(tokens[chain.from], 'TRUE', 'FALSE')) isConstant = false
  })
  return isConstant ? { name, expr } : undefined
}

/** Whether the right side of = goes to the end of the condition: `a = 1 = 0` compares the outcome of the first. */
function isEquality(source: Source, range: Range, right: Range): boolean {
  const predicate = readPredicate(source, range, () => undefined)
  return predicate?.kind === 'equal' && predicate.right.from === right.from && predicate.right.to === right.to
}
