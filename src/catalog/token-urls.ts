import { urlVariableExtent, urlVariableNames, withUrlVariables } from './url-variables.ts'

/**
 * What is wrong with the URL at which credentials are exchanged for access tokens: it must be https (or this machine), and a
 * variable must not decide its host.
 * @param variables the names that it may have in braces
 * @returns undefined if nothing is
 */
export function tokenUrlFault(text: string, variables: readonly string[]): string | undefined {
  const strange = urlVariableNames(text).find(name => !variables.includes(name))
  if (strange !== undefined) return `has {${strange}}, which is no variable`
  const unused = variables.find(name => !urlVariableNames(text).includes(name))
  if (unused !== undefined) return `does not have the variable {${unused}}`
  const filled = withUrlVariables(text, () => '1')
  if (/[{}\s]/.test(filled) || !URL.canParse(filled)) return 'is not a URL'
  const { protocol, hostname, username, password, hash } = new URL(filled)
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback))
    return 'must be https, or http on 127.0.0.1'
  if (username !== '' || password !== '' || hash !== '') return 'takes no user and no fragment'
  const whole = variables.find(name => urlVariableExtent(text, name) === 'whole')
  return whole === undefined ? undefined : `must have a fixed host: {${whole}} would decide it`
}
