import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { type FormatRule, isPattern, matches } from '../../render/column-format.ts'
import { visible } from '../../render/display.ts'

/** The words that begin a format. */
export const FORMAT_KINDS = [
  'decimals',
  'thousands',
  'bytes',
  'money',
  'percent',
  'local',
  'utc',
  'off',
  'total',
] as const
const CURRENCY = 'USD'
const MOST_DECIMALS = 20

/**
 * The rule of `.format COLUMN FORMAT…`: a kind, its digits after the point or currency, and `total`; digits alone are decimals.
 * @throws ConfluentqlError SYNTAX
 */
export function readRule(spelling: string, [name = '', ...words]: readonly string[]): FormatRule {
  const wrong = (word: string, takes: string): ConfluentqlError =>
    new ConfluentqlError(
      'SYNTAX',
      `${spelling} takes ${takes}, not ${JSON.stringify(word)}${didYouMean(word, FORMAT_KINDS)}`,
      {
        hint: 'write .format cost money, .format bytes_in bytes, .format share percent 1, .format * local or .format cost off',
      },
    )
  const all = words.map(word => word.toLowerCase())
  const total = all.at(-1) === 'total'
  const [first = '', ...more] = total ? all.slice(0, -1) : all
  if (first === '' && total) return { name, format: undefined, total }
  const [kind, rest] = /^\d+$/.test(first)
    ? (['decimals', [first, ...more]] as const)
    : ([first, more] as const)
  const decimalsOf = (word: string | undefined, takes: string): number | undefined => {
    if (word === undefined) return undefined
    if (!/^\d+$/.test(word) || Number(word) > MOST_DECIMALS) throw wrong(word, takes)
    return Number(word)
  }
  const ended = (used: number): void => {
    if (rest.length > used)
      throw wrong(rest[used]!, used === 0 ? `nothing after ${kind} but total` : 'one value and total')
  }
  switch (kind) {
    case 'decimals':
    case 'thousands':
    case 'percent':
    case 'bytes': {
      ended(1)
      const decimals = decimalsOf(rest[0], `a number of decimals (0 to ${MOST_DECIMALS}) after ${kind}`)
      if (kind === 'decimals' && decimals === undefined) throw wrong('', 'a number after decimals')
      return { name, format: { kind, decimals }, total }
    }
    case 'money': {
      const code = rest[0] !== undefined && !/^\d/.test(rest[0]) ? rest[0].toUpperCase() : undefined
      if (code !== undefined && !Intl.supportedValuesOf('currency').includes(code))
        throw wrong(code, 'a currency (USD, EUR) or a number of decimals after money')
      const used = code === undefined ? 0 : 1
      const decimals = decimalsOf(rest[used], 'a number of decimals after money')
      ended(used + 1)
      return { name, format: { kind, currency: code ?? CURRENCY, decimals }, total }
    }
    case 'local':
    case 'utc':
      ended(0)
      if (total) throw wrong('total', `nothing after ${kind}`)
      return { name, format: { kind }, total: false }
    case 'off':
      ended(0)
      if (total) throw wrong('total', 'nothing after off')
      return { name, format: 'off', total: false }
    default:
      throw wrong(words[0] ?? '', `${FORMAT_KINDS.slice(0, -1).join(', ')} or total`)
  }
}

/** The words that may follow a kind and further words. */
export function wordsAfter(kind: string, more: readonly string[]): readonly string[] {
  if (['local', 'utc', 'off', 'total'].includes(kind.toLowerCase()) || more.includes('total')) return []
  return kind.toLowerCase() === 'money' && more.length === 0 ? ['total', 'USD', 'EUR', 'GBP'] : ['total']
}

/** The rules with one more. `off` removes the rule of the column, or with `*` all; it is kept if a pattern would match the column. */
export function withRule(rules: readonly FormatRule[], rule: FormatRule): FormatRule[] {
  if (rule.name === '*' && rule.format === 'off') return []
  const others = rules.filter(r => r.name.toLowerCase() !== rule.name.toLowerCase())
  const isNeeded = rule.format !== 'off' || others.some(r => isPattern(r) && matches(r, rule.name))
  return isNeeded ? [...others, rule] : others
}

/** The lines of `.format`: all rules, or that of a column. */
export function ruleLines(rules: readonly FormatRule[], name: string | undefined): string[] {
  if (name === undefined) return rules.length === 0 ? ['no formats are set'] : rules.map(ruleLine)
  const rule = rules.find(r => r.name.toLowerCase() === name.toLowerCase())
  return [ruleLine(rule ?? { name, format: 'off', total: false })]
}

/** `cost: money USD total`. */
export function ruleLine({ name, format, total }: FormatRule): string {
  const words =
    typeof format === 'string'
      ? [format]
      : format && 'decimals' in format
        ? [format.kind, format.currency, format.decimals]
        : [format?.kind]
  return `${visible(name)}: ${[...words, total ? 'total' : undefined].filter(word => word !== undefined).join(' ')}`
}
