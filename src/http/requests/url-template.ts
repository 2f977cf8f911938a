import { isUrlPart, withUrlVariables } from '../../catalog/url-variables.ts'
import type { UrlVariable } from '../../catalog/types.ts'
import { kindOf, urlVariable } from '../../config/endpoints.ts'
import { ConfluentqlError } from '../../errors.ts'
import { shortened, visible } from '../text.ts'
import type { Call, ClientOptions } from '../types.ts'

type Located = Pick<Call, 'host' | 'method' | 'args'>
type Settings = Pick<ClientOptions, 'env' | 'profile'>

/** A value of a variable, and where it comes from, for messages; `statement`: from the statement or its data. */
interface Given {
  readonly value: string
  readonly from: string
  readonly isStatement: boolean
}

/** The values of the variables of a call's base URL, as far as they are known. */
export function urlVariableValues(call: Located, settings: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (call.host.urlVariables ?? []).flatMap(variable => {
      const given = valueOf(call, variable, settings)
      return given ? [[variable.name, given.value]] : []
    }),
  )
}

/**
 * The base URL of the provider file with the values of its variables. `isForeign`: the statement decides the whole host name.
 * @throws ConfluentqlError MISSING_PARAMETER without a value; VALUE for an unusable one of the statement, USAGE for another
 */
export function providerUrl(
  call: Located,
  settings: Settings,
): { readonly url: string; readonly isForeign: boolean } {
  const { host } = call
  const values = new Map(
    (host.urlVariables ?? []).map(variable => {
      const given = valueOf(call, variable, settings)
      if (!given) throw noValue(call, variable)
      check(given, variable)
      return [variable.name, { ...given, extent: variable.extent }]
    }),
  )
  return {
    url: withUrlVariables(host.url, name => values.get(name)?.value ?? ''),
    isForeign: [...values.values()].some(v => v.isStatement && v.extent === 'whole'),
  }
}

function valueOf(
  { host, method, args }: Located,
  variable: UrlVariable,
  { env, profile }: Settings,
): Given | undefined {
  const { name } = variable
  const values = Object.hasOwn(args, name) ? (args[name] ?? []).filter(value => value !== null) : []
  if (values.length > 1)
    throw new ConfluentqlError(
      'VALUE',
      `parameter ${name} of method ${method.name} takes one value, not ${values.length}`,
    )
  const found = urlVariable(host, variable, env, profile)
  const [given] = values
  // a host that the user's settings name too is not the statement's choice
  if (given !== undefined && String(given) !== found?.value)
    return { value: String(given), from: name, isStatement: true }
  return found && { ...found, isStatement: false }
}

function check({ value, from, isStatement }: Given, { name, values }: UrlVariable): void {
  const shown = JSON.stringify(visible(shortened(value, 80)))
  const wrong = (what: string, hint: string): ConfluentqlError =>
    new ConfluentqlError(isStatement ? 'VALUE' : 'USAGE', `${from} ${what}: ${shown}`, { hint })
  if (!isUrlPart(value))
    throw wrong(
      `is ${isStatement ? '' : `for ${name}, `}a part of the address of the request: letters, digits, . and -`,
      'It stands in the base URL in braces; give that part alone, not a URL',
    )
  if (values && !values.includes(value))
    throw wrong(`is no value of ${name}`, `${name} is ${values.slice(0, 20).join(', ')}`)
}

function noValue({ host, method }: Located, { name, env }: UrlVariable): ConfluentqlError {
  const ways = [
    `give ${name} in the statement`,
    `add variables: { ${kindOf(host)}: { ${name}: … } } to the profile`,
    ...(env === '' ? [] : [`set ${env}`]),
  ]
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `method ${method.name} needs ${name}, a part of its address ${host.url}`,
    { hint: ways.join(', or '), unreachable: 'no base URL' },
  )
}
