import { member, type Members, membersOf, textOf } from './tree.ts'

const MAX_HOPS = 16

/** Follows the references (`$ref`) in a document. References to other files are not followed. */
export class References {
  readonly #root: Members
  readonly #known = new Map<string, unknown>()

  constructor(root: Members) {
    this.#root = root
  }

  /** The value at a pointer, `#/components/schemas/User`; undefined if there is none. */
  at(pointer: string): unknown {
    if (this.#known.has(pointer)) return this.#known.get(pointer)
    const found = (partsOf(pointer) ?? ['']).reduce<unknown>(inside, this.#root)
    this.#known.set(pointer, found)
    return found
  }

  /** The object that a value is or refers to; undefined if there is none, or references form a cycle. */
  resolve(value: unknown): Members | undefined {
    let found = membersOf(value)
    for (let hops = 0; hops < MAX_HOPS && found !== undefined; hops++) {
      const ref = textOf(member(found, '$ref'))
      if (ref === undefined) return found
      found = membersOf(this.at(ref))
    }
    return undefined
  }
}

/** The member of an object, or the element of a list. */
function inside(value: unknown, name: string): unknown {
  return /^\d+$/.test(name) && Array.isArray(value) ? (value as unknown[])[Number(name)] : member(value, name)
}

/** The names of a pointer within the document; undefined for any other reference. */
export function partsOf(pointer: string): string[] | undefined {
  if (!pointer.startsWith('#/')) return undefined
  return pointer
    .slice(2)
    .split('/')
    .map(part => decoded(part).replaceAll('~1', '/').replaceAll('~0', '~'))
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
