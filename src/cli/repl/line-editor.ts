import { visible } from '../../render/display.ts'
import { replaced } from './buffer.ts'
import type { Completion } from './candidate.ts'
import { startEditor, type EditorState, type Effect } from './editor-state.ts'
import { change, paste, press } from './editor.ts'
import { typed, type Key } from './keys.ts'
import { columns, commonPrefix } from './listing.ts'
import { strayNotice } from './scan.ts'
import { promptsOf, searchPrompt } from './prompts.ts'
import type { Terminal, TerminalEvent } from './terminal.ts'
import { afterResize, below, difference, layout, type Screen, type Styled } from './view.ts'

/** What the line editor calls. */
export interface EditorCallbacks {
  readonly complete: (text: string, cursor: number) => Completion
  /** Styles of at least the text between two offsets. */
  readonly highlight: (text: string, from: number, to: number) => readonly Styled[]
  readonly history: () => readonly string[]
  /** Ctrl-C outside `read`. */
  readonly onInterrupt: () => void
}

/** An entry to run, or the end of input. */
export type PromptInput = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'end' }

/** An open question and the answer typed so far. */
interface Question {
  readonly typed: string
  readonly resolve: (answer: string) => void
}

const LONGEST_ANSWER = 20
const MORE = '--More--'
const CLEAR_SCREEN = '\x1b[H\x1b[2J'
const BELL = '\x07'

/** Reads entries from a terminal. Keys pressed outside `read` are queued for the next entry. */
export class LineEditor {
  readonly #terminal: Terminal
  readonly #callbacks: EditorCallbacks
  #queued: TerminalEvent[] = []
  #editor: EditorState | undefined
  #name = ''
  #cut = ''
  #screen: Screen | undefined
  #isStale = false
  /** The state in which Tab had nothing to insert: a second Tab lists the candidates. */
  #tabbed: EditorState | undefined
  /** Lines of a list that are not shown yet. */
  #rest: readonly string[] = []
  #settle: ((entry: PromptInput) => void) | undefined
  #question: Question | undefined
  #isGone = false

  constructor(terminal: Terminal, callbacks: EditorCallbacks) {
    this.#terminal = terminal
    this.#callbacks = callbacks
  }

  /** Reads one entry. The buffer starts with `initial`. */
  read(name: string, initial = ''): Promise<PromptInput> {
    if (this.#isGone) return Promise.resolve({ kind: 'end' })
    this.#question?.resolve('')
    this.#question = undefined
    this.#name = name
    this.#editor = startEditor(this.#callbacks.history(), this.#cut, initial)
    this.#screen = undefined
    const entry = new Promise<PromptInput>(resolve => {
      this.#settle = resolve
    })
    const queued = this.#queued
    this.#queued = []
    this.#paint()
    for (const event of queued) this.take(event)
    return entry
  }

  /** Asks a question outside `read`; resolves with the answer, empty if the user cancels. Keys pressed before it stay queued. */
  ask(question: string): Promise<string> {
    if (this.#isGone) return Promise.resolve('')
    this.#terminal.write(question)
    return new Promise(resolve => {
      this.#question = { typed: '', resolve }
    })
  }

  /** Handles an event of the terminal. */
  take(event: TerminalEvent): void {
    if (event.kind === 'gone') this.#isGone = true
    if (this.#question && event.kind !== 'resize') return this.#answer(this.#question, event)
    if (!this.#editor) {
      if (event.kind === 'key' && event.command === 'interrupt') {
        this.#queued = []
        this.#callbacks.onInterrupt()
      } else if (event.kind === 'key' && event.command === 'suspend') this.#terminal.suspend(() => {})
      else if (event.kind !== 'resize') this.#queued.push(event)
    } else if (event.kind === 'gone') this.#done({ kind: 'end' })
    else if (event.kind === 'resize') this.#resized()
    else if (this.#rest.length > 0) this.#more(event)
    else if (event.kind === 'paste') this.#show(paste(this.#editor, event.text))
    else this.#key(event.key, event.command)
  }

  #answer({ typed: before, resolve }: Question, event: TerminalEvent): void {
    const done = (answer: string): void => {
      this.#question = undefined
      this.#terminal.write('\n')
      resolve(answer)
    }
    if (event.kind !== 'key') return event.kind === 'gone' ? done('') : undefined
    const { command, key } = event
    if (command === 'enter') return done(before)
    if (command === 'interrupt' || command === 'cancel' || command === 'end or delete') return done('')
    if (command === 'backspace' && before !== '') {
      this.#question = { typed: before.slice(0, -1), resolve }
      return this.#terminal.write('\b \b')
    }
    // a longer answer cannot be yes
    const more = command === undefined && before.length < LONGEST_ANSWER ? typed(key) : ''
    this.#question = { typed: before + more, resolve }
    return this.#terminal.write(more)
  }

  #key(key: Key, command: Parameters<typeof press>[2]): void {
    const { editor, effect } = press(this.#editor!, key, command)
    this.#show(editor)
    this.#carryOut(effect)
  }

  #carryOut(effect: Effect): void {
    switch (effect) {
      case 'enter':
        return this.#done({ kind: 'text', text: this.#editor!.buffer.text })
      case 'end':
        return this.#done({ kind: 'end' })
      case 'interrupt':
        return this.#abandon()
      case 'complete':
        return this.#complete()
      case 'clear':
        return this.#clear()
      case 'stray':
        return this.#list([strayNotice(this.#editor!.buffer.text.trimEnd()) ?? ''])
      case 'suspend':
        this.#finish()
        return this.#terminal.suspend(() => {
          this.#screen = undefined
          this.#paint()
        })
      case 'bell':
        return this.#terminal.write(BELL)
      default:
    }
  }

  #done(entry: PromptInput): void {
    this.#cut = this.#editor!.cut
    this.#finish()
    this.#editor = undefined
    this.#settle?.(entry)
  }

  /** Draws the final entry and moves the cursor below it. */
  #finish(): void {
    this.#editor = {
      ...this.#editor!,
      search: undefined,
      buffer: { ...this.#editor!.buffer, cursor: this.#editor!.buffer.text.length },
    }
    this.#paint()
    if (this.#screen) this.#terminal.write(below(this.#screen))
    this.#screen = undefined
  }

  #abandon(): void {
    const cut = this.#editor!.cut
    this.#finish()
    this.#show(startEditor(this.#callbacks.history(), cut))
  }

  #clear(): void {
    this.#terminal.write(CLEAR_SCREEN)
    this.#screen = undefined
    this.#paint()
  }

  #complete(): void {
    const editor = this.#editor!
    const { buffer } = editor
    const { from, to, candidates } = this.#callbacks.complete(buffer.text, buffer.cursor)
    const common = commonPrefix(candidates.map(c => c.text))
    const isOne = candidates.length === 1
    if (candidates.length === 0) return this.#terminal.write(BELL)
    const word = buffer.text.slice(from, to).toLowerCase()
    if (isOne || (common.length > word.length && common.toLowerCase().startsWith(word))) {
      const by = isOne ? common + (candidates[0]!.suffix ?? '') : common
      this.#show(change(editor, replaced(buffer, from, to, by)))
      if (!isOne) this.#tabbed = this.#editor
      return
    }
    if (this.#tabbed?.buffer !== buffer) {
      this.#tabbed = editor
      return this.#terminal.write(BELL)
    }
    return this.#list(
      columns(
        candidates.map(c => visible(c.label ?? c.text)),
        this.#terminal.width,
      ),
    )
  }

  #list(lines: readonly string[]): void {
    this.#paint()
    if (this.#screen) this.#terminal.write(below(this.#screen))
    this.#screen = undefined
    this.#page(lines, this.#terminal.height - 2)
  }

  /** Writes up to `count` lines, then asks with --More-- whether to go on. */
  #page(lines: readonly string[], count: number): void {
    const shown = lines.length <= count + 1 ? lines.length : count
    this.#terminal.write(
      lines
        .slice(0, shown)
        .map(l => `${l}\n`)
        .join(''),
    )
    this.#rest = lines.slice(shown)
    if (this.#rest.length > 0) this.#terminal.write(MORE)
    else this.#paint()
  }

  #more(event: TerminalEvent): void {
    const command = event.kind === 'key' ? event.command : undefined
    const isSpace = event.kind === 'key' && event.key.sequence === ' '
    this.#terminal.write('\r\x1b[K')
    if (isSpace || command === 'complete') return this.#page(this.#rest, this.#terminal.height - 2)
    if (command === 'enter' || command === 'down') return this.#page(this.#rest, 1)
    this.#rest = []
    return this.#paint()
  }

  #show(editor: EditorState): void {
    this.#editor = editor
    if (this.#isStale) return
    this.#isStale = true
    // keys that arrive together are drawn once
    queueMicrotask(() => {
      if (this.#isStale && this.#editor && this.#rest.length === 0) this.#paint()
      this.#isStale = false
    })
  }

  #resized(): void {
    const { width } = this.#terminal
    if (this.#screen && this.#rest.length === 0) {
      this.#terminal.write(afterResize(this.#screen, width))
      this.#screen = undefined
      this.#paint()
    }
  }

  #paint(): void {
    this.#isStale = false
    const {
      buffer: { text, cursor },
      search,
    } = this.#editor!
    const { width, height } = this.#terminal
    const prompt = promptsOf(this.#name, text)
    const highlight = (from: number, to: number): readonly Styled[] =>
      this.#callbacks.highlight(text, from, to)
    const screen = layout({
      text,
      cursor,
      width,
      height,
      highlight,
      prompt: line => (line === 0 && search ? searchPrompt(search) : prompt(line)),
    })
    this.#terminal.write(difference(this.#screen, screen, width))
    this.#screen = screen
  }
}
