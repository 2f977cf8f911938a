import type { Statement } from '../run/statement.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'
import { SqlError } from '../wire/errors.ts'
import { formatsOf, type Binding } from '../wire/messages.ts'
import { checkSetting, ROLE_SETTINGS } from './settings.ts'

/** A setting that a SELECT has set for the connection or a transaction block. */
export interface Configured {
  readonly name: string
  readonly value: string
  /** It ends with the transaction block. */
  readonly isLocal: boolean
}

/**
 * The settings that calls of set_config set for longer than the statement, in the select list of a SELECT without FROM.
 * @param isInBlock a transaction block is open; without one, settings for the transaction end with the statement
 * @throws SqlError for a call that may not be evaluated, or that sets what cannot be changed here
 */
export function configuredIn({ tokens }: Statement, binding: Binding, isInBlock: boolean): Configured[] {
  const found: Configured[] = []
  for (const [at, token] of tokens.entries()) {
    const isCall = (isWord(token, 'set_config') || isNamed(token)) && isOp(tokens[at + 1], '(')
    if (!isCall) continue
    const [name, value, local = ''] = argumentsOf(tokens, at + 2, binding)
    if (name !== undefined && value !== undefined) checkSetting(name, value)
    if (name !== undefined && ROLE_SETTINGS.has(name.toLowerCase()))
      throw new SqlError('0A000', `${name} cannot be changed here`)
    const isLocal = TRUE.test(local)
    if (isLocal && !isInBlock) continue
    const isKnown = isLocal || FALSE.test(local)
    if (name === undefined || value === undefined || !isKnown || !isAlways(tokens))
      throw new SqlError('0A000', 'set_config is supported with constants in a SELECT without FROM', {
        hint: 'write SET name = value, or SET LOCAL name = value in a transaction block',
      })
    found.push({ name: name.toLowerCase(), value, isLocal })
  }
  return found
}

const TRUE = /^(?:t|true|on|y|yes|1)$/i
const FALSE = /^(?:f|false|off|n|no|0)$/i

const isNamed = (token: Token): boolean => token.kind === 'name' && token.text === 'set_config'

/** Whether everything in the select list is evaluated, once. */
const isAlways = (tokens: readonly Token[]): boolean =>
  isWord(tokens[0], 'select')
  && !tokens.some(t =>
    isWord(t, 'from', 'where', 'case', 'and', 'or', 'union', 'limit', 'coalesce', 'having'),
  )

/** The three arguments; undefined for one that is no constant. */
function argumentsOf(tokens: readonly Token[], from: number, binding: Binding): (string | undefined)[] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens.slice(from)) {
    if (isOp(token, ')') && depth === 0) break
    if (isOp(token, '(')) depth++
    if (isOp(token, ')')) depth--
    if (isOp(token, ',') && depth === 0) parts.push([])
    else parts.at(-1)!.push(token)
  }
  return parts.map(part => constantOf(part, binding))
}

function constantOf([first, cast, type, more]: readonly Token[], binding: Binding): string | undefined {
  const isAlone = !cast || (isOp(cast, '::') && isWord(type, 'text', 'bool', 'boolean') && !more)
  if (!first || !isAlone) return undefined
  if (first.kind === 'string' || isWord(first, 'true', 'false')) return first.text
  if (first.kind !== 'param') return undefined
  const at = Number(first.text.slice(1)) - 1
  const value = binding.values[at]
  if (!value) return undefined
  const isBinary = formatsOf(binding.formats, binding.values.length)[at] === 1
  if (isBinary && value.length === 1 && value[0]! < 2) return String(value[0] === 1)
  return value.toString('utf8')
}
