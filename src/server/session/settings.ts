import { ident, isOp, isWord, literal, type Token } from '../sql/lexer.ts'
import { SqlError } from '../wire/errors.ts'

/** The allowed values of settings that determine the role of a statement or the interpretation of texts. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  role: ['none', 'default'],
  session_authorization: ['default'],
  standard_conforming_strings: ['on', 'true', 'default'],
  transaction_read_only: ['on', 'true', 'default'],
  exit_on_error: ['off', 'false', 'default'],
}
/** Settings that change the role: every statement runs as that of the server. */
export const ROLE_SETTINGS: ReadonlySet<string> = new Set(['role', 'session_authorization'])

/** Names of UTF-8, and of texts that are sent as they are. */
const ENCODINGS = /^(?:utf-?8|unicode|sql_ascii|default)$/i

/** @throws SqlError for a value that a setting cannot be given at the start of a connection */
export function checkSetting(name: string, value: string): void {
  const key = name.toLowerCase()
  const allowed = FIXED[key]
  if (allowed && !allowed.includes(value.toLowerCase()))
    throw new SqlError('0A000', `${name} cannot be changed here`)
  if (key === 'client_encoding' && !ENCODINGS.test(value.replaceAll(/['"]/g, ''))) throw onlyUtf8()
}

const onlyUtf8 = (): SqlError => new SqlError('0A000', 'this server sends and takes UTF-8 only')

/** A SET or RESET: the setting that it changes, and whether only for the transaction. */
export interface Change {
  /** undefined: all of them. `` for a transaction's own characteristics, which are not kept. */
  readonly name: string | undefined
  readonly isReset: boolean
  readonly isLocal: boolean
}

/** @throws SqlError for settings that cannot be changed */
export function readChange(tokens: readonly Token[]): Change {
  const isReset = isWord(tokens[0], 'reset')
  const isLocal = isWord(tokens[1], 'local')
  const isScoped =
    isLocal || (isWord(tokens[1], 'session') && !isWord(tokens[2], 'authorization', 'characteristics'))
  const rest = tokens.slice(isScoped ? 2 : 1)
  const name = nameOf(rest)
  // a name with escapes, U&"\0072ole", is not read here
  if (name.includes('\\')) throw new SqlError('42704', `unrecognized configuration parameter "${name}"`)
  if (name === 'all' && isReset) return { name: undefined, isReset, isLocal }
  if (FIXED[name] && !isReset && !FIXED[name].includes(rest.at(-1)!.text.toLowerCase()))
    throw new SqlError('0A000', `${name} cannot be changed here`)
  const value = rest.find(
    t => t.kind === 'string' || (t.kind === 'word' && !isWord(t, 'names', 'client_encoding', 'to')),
  )
  if (name === 'client_encoding' && !isReset && value && !ENCODINGS.test(value.text)) throw onlyUtf8()
  return { name, isReset, isLocal }
}

function nameOf(rest: readonly Token[]): string {
  const [first, second] = rest
  if (isWord(first, 'time') && isWord(second, 'zone')) return 'timezone'
  if (isWord(first, 'names')) return 'client_encoding'
  if (isWord(first, 'role')) return 'role'
  if (isWord(first, 'transaction', 'constraints')) return ''
  if (isWord(first, 'session') && isWord(second, 'authorization')) return 'session_authorization'
  if (isWord(first, 'session') && isWord(second, 'characteristics')) return 'session characteristics'
  const end = rest.findIndex(t => isOp(t, '=') || isWord(t, 'to'))
  return (end < 0 ? rest : rest.slice(0, end)).map(t => t.text.toLowerCase()).join('')
}

/** Settings as they were. */
export interface SavedSettings {
  readonly entries: ReadonlyMap<string, string>
  readonly locals: ReadonlyMap<string, string | undefined>
}

/** The settings of a client, as the statements that repeat them in each unit. */
export class Settings {
  #entries = new Map<string, string>()
  /** Before the transaction. */
  #saved: Map<string, string> | undefined
  #locals = new Map<string, string | undefined>()

  /** SQL that repeats them; each on lines of its own, as it may end with a comment. */
  get sql(): string {
    return [...this.#entries.values()].map(sql => `${sql}\n;`).join('')
  }

  /** Sets one by its name and value, as a client does at its start. */
  assign(name: string, value: string): void {
    if (ROLE_SETTINGS.has(name.toLowerCase())) return
    const path = name.split('.').map(ident).join('.')
    // a list is not one value
    const parts = name.toLowerCase() === 'search_path' ? value.split(',') : [value]
    const shown = parts.map(part => literal(parts.length > 1 ? part.trim().replaceAll('"', '') : part))
    this.#entries.set(name.toLowerCase(), `SET ${path} TO ${shown.join(', ')}`)
  }

  /** Keeps a change that Postgres has accepted. @param isInBlock a transaction block is open */
  keep({ name, isReset, isLocal }: Change, text: string, isInBlock: boolean): void {
    if (name === '' || ROLE_SETTINGS.has(name ?? '') || (isLocal && !isInBlock)) return
    if (name === undefined) return this.clear()
    if (isLocal && !this.#locals.has(name)) this.#locals.set(name, this.#entries.get(name))
    if (!isLocal) this.#locals.delete(name)
    // the latest is repeated last: SET SESSION CHARACTERISTICS and its parts overlap
    this.#entries.delete(name)
    if (!isReset) this.#entries.set(name, text)
  }

  clear(): void {
    this.#entries.clear()
    this.#locals.clear()
  }

  begin(): void {
    this.#saved = new Map(this.#entries)
  }

  /** What `restore` goes back to: the settings at a savepoint. */
  save(): SavedSettings {
    return { entries: new Map(this.#entries), locals: new Map(this.#locals) }
  }

  restore({ entries, locals }: SavedSettings): void {
    this.#entries = new Map(entries)
    this.#locals = new Map(locals)
  }

  /** Ends a transaction block: LOCAL settings are undone, and after a rollback all changes of the block. */
  end(isCommitted: boolean): void {
    if (!isCommitted && this.#saved) this.#entries = this.#saved
    else
      for (const [name, before] of this.#locals) {
        if (before === undefined) this.#entries.delete(name)
        else this.#entries.set(name, before)
      }
    this.#locals.clear()
    this.#saved = undefined
  }
}
