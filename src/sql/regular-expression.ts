/** A regular expression as statements write it, ready to use. */
export interface Pattern {
  readonly regExp: RegExp
  /** The most steps that matching a text of this length can take, roughly; Infinity if that grows exponentially. */
  steps(length: number): number
}

/** Classes of POSIX, `[[:alpha:]]`, as V8 writes them within brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  alpha: '\\p{L}',
  digit: '\\p{Nd}',
  alnum: '\\p{L}\\p{Nd}',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  space: '\\s',
  blank: '\\t\\p{Zs}',
  punct: '\\p{P}\\p{S}',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
}

/** Escapes of Perl's expressions that JavaScript does not have. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  Z: '(?=\\n?(?![\\s\\S]))',
}

/**
 * Compiles a regular expression in Perl's syntax, as far as JavaScript has it: also `(?i)` at its start, `(?P<name>…)`,
 * classes of POSIX, `\A`, `\z`, and escaped punctuation.
 * @throws Error that says what is wrong, and where in the expression if that is known
 */
export function compilePattern(text: string): Pattern {
  const translation = new Translation(text)
  const { source, flags, repeats, alternatives, isNested } = translation.run()
  let regExp: RegExp
  try {
    regExp = new RegExp(source, `u${flags}`)
  } catch (error) {
    // V8: "Invalid regular expression: /…/u: Nothing to repeat"
    const reason = (error as Error).message.replace(/^.*: /s, '')
    throw new Error(reason.charAt(0).toLowerCase() + reason.slice(1), { cause: error })
  }
  return { regExp, steps: length => (isNested ? Infinity : (length + 1) ** (repeats + 1)) * alternatives }
}

class Translation {
  readonly #text: string
  #at = 0
  #source = ''
  /** Offsets of the groups that are open. */
  readonly #open: number[] = []
  /** What a repetition here would repeat. */
  #last: 'one' | 'group' = 'one'
  #repeats = 0
  #alternatives = 1
  #isNested = false

  constructor(text: string) {
    this.#text = text
  }

  run() {
    const [lead = '', flags = ''] = /^\(\?([ims]+)\)/.exec(this.#text) ?? []
    this.#at = lead.length
    while (this.#at < this.#text.length) this.#step()
    const open = this.#open.at(-1)
    if (open !== undefined) throw new Error(`the group at character ${open + 1} is not closed`)
    return {
      source: this.#source,
      flags: [...new Set(flags)].join(''),
      repeats: this.#repeats,
      alternatives: this.#alternatives,
      isNested: this.#isNested,
    }
  }

  #step(): void {
    const character = this.#text[this.#at]!
    switch (character) {
      case '\\':
        this.#escape()
        return
      case '[':
        this.#class()
        return
      case '(':
        this.#open.push(this.#at)
        this.#group()
        return
      case ')':
        if (this.#open.pop() === undefined)
          throw new Error(`the ) at character ${this.#at + 1} closes no group`)
        this.#emit(')', 1)
        this.#last = 'group'
        return
      case '*':
      case '+':
      case '?':
        this.#repeat(character, character !== '?')
        return
      case '{':
        this.#braces()
        return
      case '|':
        this.#alternatives++
        this.#emit('|', 1)
        return
      default:
        this.#emit(/[}\]]/.test(character) ? `\\${character}` : character, 1)
        this.#last = 'one'
    }
  }

  #emit(source: string, length: number): void {
    this.#source += source
    this.#at += length
  }

  #repeat(source: string, isMany: boolean): void {
    this.#repeats++
    this.#isNested ||= isMany && this.#last === 'group'
    this.#emit(source, source.length)
    if (this.#text[this.#at] === '?') this.#emit('?', 1)
  }

  #braces(): void {
    const counts = /^\{\d+(?:,\d*)?\}/.exec(this.#text.slice(this.#at))
    if (counts) return this.#repeat(counts[0], true)
    this.#emit('\\{', 1)
    this.#last = 'one'
  }

  #group(): void {
    const rest = this.#text.slice(this.#at, this.#at + 80)
    const back = /^\(\?P=(\w+)\)/.exec(rest)
    if (back) {
      this.#open.pop()
      this.#repeats++
      return this.#emit(`\\k<${back[1]!}>`, back[0].length)
    }
    const [head] = /^\(\?P?<(?![=!])/.exec(rest) ?? /^\((?:\?(?:[:=!]|<[=!]))?/.exec(rest)!
    this.#emit(head.replace('?P', '?'), head.length)
  }

  #escape(): void {
    const next = this.#text[this.#at + 1]
    if (next === undefined) throw new Error('it ends in a backslash')
    if (/[1-9k]/.test(next)) this.#repeats++
    this.#emit(ESCAPES[next] ?? (isPlain(next) ? next : `\\${next}`), 2)
    this.#last = 'one'
  }

  #class(): void {
    const start = this.#at
    const open = this.#text[start + 1] === '^' ? '[^' : '['
    this.#emit(open, open.length)
    if (this.#text[this.#at] === ']') this.#emit('\\]', 1)
    while (this.#text[this.#at] !== ']') {
      const character = this.#text[this.#at]
      if (character === undefined) throw new Error(`the [ at character ${start + 1} is not closed`)
      const named = character === '[' ? /^\[:(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 20)) : null
      if (named) this.#emit(classNamed(named[1]!), named[0].length)
      else if (character === '\\') {
        const next = this.#text[this.#at + 1] ?? ''
        this.#emit(isPlain(next) && next !== '-' ? next : `\\${next}`, 2)
      } else this.#emit(character, 1)
    }
    this.#emit(']', 1)
    this.#last = 'one'
  }
}

/** Whether JavaScript refuses a backslash before a character that stands for itself. */
function isPlain(character: string): boolean {
  return /[!-/:-@[-`{-~ ]/.test(character) && !/[\^$\\.*+?()[\]{}|/]/.test(character)
}

function classNamed(name: string): string {
  const found = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
  if (found === undefined)
    throw new Error(`there is no class [:${name}:]; there are ${Object.keys(CLASSES).join(', ')}`)
  return found
}
