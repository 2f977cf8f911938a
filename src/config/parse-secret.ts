import { fields, type ParseContext, type Path, textAt } from './parse-values.ts'
import type { Secret, Source } from './types.ts'
import { sourcesOf } from './variables.ts'

/** The keys of an entry that say which form its secret has. */
const KINDS = ['key', 'token', 'headers', 'sts', 'oauth', 'client', 'service_account'] as const

/** The keys of an entry of `credentials`. */
export const ENTRY_KEYS = ['for', 'secret', ...KINDS]

/** The secret of an entry of `credentials`. */
export function secretOf(
  entry: Readonly<Record<string, unknown>>,
  path: Path,
  context: ParseContext,
): Secret {
  const given = KINDS.filter(name => entry[name] !== undefined)
  if (given.length !== 1 || (entry['secret'] !== undefined) !== (given[0] === 'key'))
    throw context.wrong(path, `must have key and secret, or one of ${KINDS.slice(1).join(', ')}`)
  if (given[0] === 'key')
    return {
      kind: 'key',
      key: sourceOf(entry['key'], [...path, 'key'], context),
      secret: sourceOf(entry['secret'], [...path, 'secret'], context),
    }
  if (given[0] === 'token')
    return { kind: 'token', token: sourceOf(entry['token'], [...path, 'token'], context) }
  if (given[0] === 'headers') {
    const here = [...path, 'headers']
    const values = Object.entries(fields(entry['headers'], here, undefined, context)).map(
      ([name, value]) => [name, sourceOf(value, [...here, name], context)] as const,
    )
    if (values.length === 0) throw context.wrong(here, 'is empty')
    return { kind: 'headers', values: Object.fromEntries(values) }
  }
  if (given[0] === 'sts') {
    const here = [...path, 'sts']
    const sts = fields(entry['sts'], here, ['identity_pool_id', 'subject_token'], context)
    return {
      kind: 'sts',
      identityPoolId: headerText(sts['identity_pool_id'], [...here, 'identity_pool_id'], context),
      subjectToken: sourceOf(sts['subject_token'], [...here, 'subject_token'], context),
    }
  }
  if (given[0] === 'client') return clientOf(entry['client'], [...path, 'client'], context)
  if (given[0] === 'service_account')
    return serviceAccountOf(entry['service_account'], [...path, 'service_account'], context)
  const here = [...path, 'oauth']
  const { token, ...rest } = fields(
    entry['oauth'],
    here,
    ['token', 'identity_pool_id', 'logical_cluster'],
    context,
  )
  const named = Object.entries(rest).map(([name, value]) => [
    name,
    headerText(value, [...here, name], context),
  ])
  return {
    kind: 'oauth',
    token: sourceOf(token, [...here, 'token'], context),
    fields: Object.fromEntries(named),
  }
}

function clientOf(value: unknown, path: Path, context: ParseContext): Secret {
  const { id, secret, ...rest } = fields(value, path, undefined, context)
  const variables = Object.entries(rest).map(
    ([name, one]) => [name, sourceOf(one, [...path, name], context)] as const,
  )
  return {
    kind: 'client',
    id: sourceOf(id, [...path, 'id'], context),
    secret: sourceOf(secret, [...path, 'secret'], context),
    variables: Object.fromEntries(variables),
  }
}

function serviceAccountOf(value: unknown, path: Path, context: ParseContext): Secret {
  const {
    key_file: keyFile,
    subject,
    scopes,
  } = fields(value, path, ['key_file', 'subject', 'scopes'], context)
  const at = [...path, 'scopes']
  if (scopes !== undefined && (!Array.isArray(scopes) || scopes.length === 0))
    throw context.wrong(at, 'must be a list of scopes')
  return {
    kind: 'service_account',
    keyFile: sourceOf(keyFile, [...path, 'key_file'], context),
    ...(subject !== undefined && { subject: textAt(subject, [...path, 'subject'], context) }),
    ...(scopes !== undefined && {
      scopes: (scopes as unknown[]).map((scope, i) => headerText(scope, [...at, i], context)),
    }),
  }
}

function headerText(value: unknown, path: Path, context: ParseContext): string {
  const found = textAt(value, path, context)
  if (/^[\u0021-\u007e]+$/.test(found)) return found
  throw context.wrong(path, 'must be plain ASCII without blanks')
}

function sourceOf(value: unknown, path: Path, context: ParseContext): Source {
  if (typeof value !== 'object' || value === null)
    return { kind: 'literal', text: textAt(value, path, context) }
  const { env, command } = fields(value, path, ['env', 'command'], context)
  if ((env === undefined) === (command === undefined))
    throw context.wrong(path, 'must be a text, { env: NAME } or { command: [program, argument] }')
  if (env !== undefined) return { kind: 'env', name: textAt(env, [...path, 'env'], context) }
  const here = [...path, 'command']
  if (!Array.isArray(command) || command.length === 0)
    throw context.wrong(here, 'must be a list: the program, then its arguments (there is no shell)')
  const [program, ...args] = command.map((word, i) => textAt(word, [...here, i], context))
  return { kind: 'command', argv: [program!, ...args] }
}

/** The sources of what must not be in a file that others can read. */
export function secretSources(secret: Secret): readonly Source[] {
  if (secret.kind === 'key' || secret.kind === 'client') return [secret.secret]
  // a path is no secret
  if (secret.kind === 'service_account' && secret.keyFile.kind === 'literal')
    return secret.keyFile.text.trimStart().startsWith('{') ? [secret.keyFile] : []
  return sourcesOf(secret)
}
