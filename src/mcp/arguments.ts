import { ConfluentqlError } from '../errors.ts'
import { count, shortened } from './text.ts'
import type { Arguments, Parameter, Tool } from './tool.ts'

/** Characters of the name of an unknown argument. */
const LONGEST_NAME = 100

/** Checks the arguments of a call. @throws ConfluentqlError USAGE */
export function checkArguments({ name, parameters }: Tool, args: Arguments): void {
  const unknown = Object.keys(args).find(key => !Object.hasOwn(parameters, key))
  if (unknown !== undefined)
    throw usage(
      `${name} takes no "${shortened(unknown, LONGEST_NAME)}"`,
      `it takes ${Object.keys(parameters).join(', ')}`,
    )
  for (const [key, parameter] of Object.entries(parameters)) {
    const value = args[key]
    if (value === undefined && parameter.isOptional) continue
    if (!fits(value, parameter)) throw usage(`${name} needs ${key}: ${wanted(parameter)}`)
    if (isTooLong(value, parameter))
      throw usage(
        `${key} has ${count(value.length, 'character')}; ${name} takes at most ${parameter.longest}`,
      )
  }
}

function fits(value: unknown, { type, minimum = -Infinity, maximum = Infinity }: Parameter): boolean {
  if (type === 'string') return typeof value === 'string' && value.trim() !== ''
  return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
}

/** Whether an argument is a text that is too long to be worked on. */
export function isTooLong(value: unknown, { longest = Infinity }: Parameter): value is string {
  return typeof value === 'string' && value.length > longest
}

function wanted({ type, minimum, maximum }: Parameter): string {
  return type === 'string' ? 'a text' : `a whole number from ${minimum} to ${maximum}`
}

/** The JSON Schema of a tool's arguments. */
export function schemaOf({ parameters }: Tool): {
  type: 'object'
  properties: Record<string, Record<string, string | number>>
  required: string[]
  additionalProperties: false
} {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [name, schemaOfOne(parameter)]),
    ),
    required: Object.entries(parameters).flatMap(([name, { isOptional }]) => (isOptional ? [] : [name])),
    additionalProperties: false,
  }
}

function schemaOfOne({
  type,
  description,
  longest,
  minimum,
  maximum,
}: Parameter): Record<string, string | number> {
  return {
    type,
    ...(description !== undefined && { description }),
    ...(longest !== undefined && { maxLength: longest }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  }
}

function usage(message: string, hint?: string): ConfluentqlError {
  return new ConfluentqlError('USAGE', message, hint === undefined ? {} : { hint })
}
