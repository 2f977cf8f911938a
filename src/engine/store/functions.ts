import type Database from 'better-sqlite3'
import type { Functions } from '../../sql/properties.ts'

/** SQLITE_DETERMINISTIC of a function's flags (sqlite.org/pragma.html#pragma_function_list). */
const DETERMINISTIC = 0x800

interface FunctionEntry {
  /** s: scalar, a: aggregate, w: window. */
  readonly type: string
  /** Number of arguments; negative: any number. */
  readonly args: number
  readonly isDeterministic: boolean
}

/** The properties of SQLite's functions, read when they are first needed. */
export class FunctionList implements Functions {
  readonly #open: () => Database.Database
  #entries: ReadonlyMap<string, readonly FunctionEntry[]> | undefined

  constructor(open: () => Database.Database) {
    this.#open = open
  }

  /** Lower-case names. */
  names(): string[] {
    return [...this.#list().keys()]
  }

  combinesRows(name: string, args: number): boolean {
    return (
      this.#list()
        .get(name)
        ?.some(f => f.type !== 's' && (f.args === args || f.args < 0)) ?? false
    )
  }

  isDeterministic(name: string): boolean {
    return (
      this.#list()
        .get(name)
        ?.every(f => f.isDeterministic) ?? true
    )
  }

  /** By name; one entry for each number of arguments. */
  #list(): ReadonlyMap<string, readonly FunctionEntry[]> {
    if (this.#entries) return this.#entries
    const rows = this.#open()
      .prepare('SELECT lower(name), type, narg, flags FROM pragma_function_list')
      .raw()
      .all() as [string, string, bigint, bigint][]
    const list = new Map<string, FunctionEntry[]>()
    for (const [name, type, args, flags] of rows) {
      const isDeterministic = (Number(flags) & DETERMINISTIC) !== 0 || type !== 's'
      list.set(name, [...(list.get(name) ?? []), { type, args: Number(args), isDeterministic }])
    }
    return (this.#entries = list)
  }
}
