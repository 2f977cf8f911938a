import { readFileSync } from 'node:fs'
import type { Method } from '../../src/catalog/types.ts'
import { isObject } from '../../src/sandbox/json.ts'
import type { Json } from '../../src/sandbox/types.ts'

/** Members that answers must have, by method and path without the names of its parameters, then by status. */
const REQUIRED = new Map<string, Map<number, readonly string[]>>()
for (const line of readFileSync(new URL('./required.tsv', import.meta.url), 'utf8').split('\n')) {
  const [method = '', status = '', members = ''] = line.split('\t')
  if (line === '' || line.startsWith('#')) continue
  const signature = unnamed(method)
  const answers = REQUIRED.get(signature) ?? new Map<number, readonly string[]>()
  REQUIRED.set(
    signature,
    answers.set(
      Number(status),
      members.split(' ').filter(member => member !== ''),
    ),
  )
}

function unnamed(signature: string): string {
  return signature.replace(/\{[^}]*\}/g, '{}')
}

/** Statuses of success that the description of a method has; undefined if there is no description. */
export function describedStatuses({ http, path }: Method): readonly number[] | undefined {
  const answers = REQUIRED.get(unnamed(`${http} ${path}`))
  return answers && [...answers.keys()]
}

/** The members that an answer must have and has not, or has as null where that is not described; each once. */
export function missingIn(body: Json, { http, path }: Method, status: number): readonly string[] {
  const members = REQUIRED.get(unnamed(`${http} ${path}`))?.get(status) ?? []
  return members.filter(member => {
    const mayBeNull = member.endsWith('~')
    const steps = (mayBeNull ? member.slice(0, -1) : member).split('.')
    return !has(body, steps, mayBeNull)
  })
}

function has(value: Json, [step = '', ...rest]: readonly string[], mayBeNull: boolean): boolean {
  if (step.startsWith('[]'))
    return !Array.isArray(value) || value.every(element => has(element, [step.slice(2), ...rest], mayBeNull))
  const name = step.replace(/(\[\])+$/, '')
  if (!isObject(value)) return true
  const member = value[name]
  if (name === step && rest.length === 0) return member !== undefined && (member !== null || mayBeNull)
  if (member === undefined || member === null) return true
  if (name === step) return has(member, rest, mayBeNull)
  return !Array.isArray(member) || member.every(element => rest.length === 0 || has(element, rest, mayBeNull))
}
