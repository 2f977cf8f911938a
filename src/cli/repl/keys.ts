/** A key as node:readline decodes it. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
  readonly shift?: boolean | undefined
}

/** The commands of keys. The editor handles those that change the text, the line editor the others. */
export type Command =
  | 'enter'
  | 'newline'
  | 'complete'
  | 'interrupt'
  | 'end or delete'
  | 'clear'
  | 'suspend'
  | 'search'
  | 'search forward'
  | 'cancel'
  | 'left'
  | 'right'
  | 'word left'
  | 'word right'
  | 'line start'
  | 'line end'
  | 'text start'
  | 'text end'
  | 'up'
  | 'down'
  | 'older'
  | 'newer'
  | 'backspace'
  | 'delete'
  | 'kill line'
  | 'kill back'
  | 'kill blank word'
  | 'kill word back'
  | 'kill word'
  | 'yank'
  | 'transpose'
  | 'undo'
  | 'paste'
  | 'paste end'

const CTRL: Readonly<Record<string, Command>> = {
  a: 'line start',
  e: 'line end',
  b: 'left',
  f: 'right',
  p: 'up',
  n: 'down',
  h: 'backspace',
  d: 'end or delete',
  k: 'kill line',
  u: 'kill back',
  w: 'kill blank word',
  y: 'yank',
  t: 'transpose',
  l: 'clear',
  c: 'interrupt',
  z: 'suspend',
  r: 'search',
  s: 'search forward',
  g: 'cancel',
  j: 'enter',
  m: 'enter',
  i: 'complete',
  left: 'word left',
  right: 'word right',
  home: 'text start',
  end: 'text end',
  up: 'older',
  down: 'newer',
  backspace: 'kill word back',
  delete: 'kill word',
}
const META: Readonly<Record<string, Command>> = {
  b: 'word left',
  f: 'word right',
  left: 'word left',
  right: 'word right',
  d: 'kill word',
  delete: 'kill word',
  backspace: 'kill word back',
  return: 'newline',
  enter: 'newline',
  up: 'older',
  down: 'newer',
  p: 'older',
  n: 'newer',
  escape: 'cancel',
}
const UNMODIFIED: Readonly<Record<string, Command>> = {
  return: 'enter',
  enter: 'enter',
  tab: 'complete',
  left: 'left',
  right: 'right',
  up: 'up',
  down: 'down',
  home: 'line start',
  end: 'line end',
  backspace: 'backspace',
  delete: 'delete',
  pageup: 'older',
  pagedown: 'newer',
  'paste-start': 'paste',
  'paste-end': 'paste end',
}
const SEQUENCES: Readonly<Record<string, Command>> = {
  '\x1f': 'undo',
  '\x1b<': 'text start',
  '\x1b>': 'text end',
  '\x1b[Z': 'cancel',
}

/** The command of a key; undefined for a key that inserts text or does nothing. */
export function commandOf(key: Key): Command | undefined {
  const bySequence = SEQUENCES[key.sequence ?? '']
  if (bySequence) return bySequence
  const { name = '' } = key
  if (key.ctrl) return CTRL[name]
  return key.meta ? META[name] : UNMODIFIED[name]
}

/** The text that a key inserts; empty for control keys. */
export function typed({ sequence = '', ctrl, meta }: Key): string {
  return ctrl || meta || /[\x00-\x1f\x7f]/.test(sequence) ? '' : sequence
}
