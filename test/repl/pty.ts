import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ON_THAT_DAY } from '../support/sandbox-day.ts'
import { atEnd, folder } from '../support/cleanup.ts'
import { Screen } from './screen.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
if (!existsSync(PROGRAM)) throw new Error('dist/cli.js is not there: run npm run build')
// part of every Debian and Fedora; without it nothing here could tell whether the prompt works
if (spawnSync('script', ['--version']).error)
  throw new Error('these tests need a pseudo-terminal: install script (util-linux)')

const LONGEST_WAIT = 20_000

export interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly width?: number
  readonly height?: number
  /** A command line that starts the program, which is its `$@`; by default the program alone. */
  readonly by?: string
  /** Home folder, for the history and the start file; a new one by default. */
  readonly home?: string
}

/** An empty home folder that is removed after the test file. */
export const home = (): string => folder('home')

/** The built program in a pseudo-terminal, with a screen on which its output is seen. */
export class PtyShell {
  readonly screen: Screen
  /** Everything that was written, control sequences as well. */
  output = ''
  readonly home: string
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #tty: string
  #waiting: (() => void)[] = []
  #isEnded = false

  constructor(
    args: readonly string[],
    { env = {}, width = 100, height = 30, by = 'exec "$@"', home: own = home() }: ShellOptions = {},
  ) {
    this.screen = new Screen(width, height)
    this.home = own
    this.#tty = join(own, 'tty')
    mkdirSync(join(own, 'tmp'), { recursive: true })
    const command = `tty > '${this.#tty}'; stty cols ${width} rows ${height}; set -- '${process.execPath}' '${PROGRAM}' ${args.map(a => `'${a}'`).join(' ')}; ${by}`
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      cwd: own,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: own,
        TMPDIR: join(own, 'tmp'),
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        PAGER: '',
        ...ON_THAT_DAY,
        ...env,
      },
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.screen.write(text)
      for (const look of this.#waiting) look()
    })
    this.ended = new Promise(resolve => {
      this.#child.once('close', status => {
        this.#isEnded = true
        resolve(status)
        for (const look of this.#waiting) look()
      })
    })
    // keys may be typed when the program has just ended: `until` and `ended` find that out
    this.#child.stdin!.on('error', () => {})
    atEnd(() => this.#child.kill('SIGKILL'))
  }

  send(keys: string): void {
    this.#child.stdin!.write(keys)
  }

  /** Waits until the screen's text, from what `send` was answered with on, meets the pattern; gives the whole text. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        clearTimeout(limit)
        this.#waiting = this.#waiting.filter(w => w !== look)
        if (error) reject(error)
        else resolve(this.screen.text)
      }
      const look = (): void => {
        if (pattern.test(this.screen.text)) done()
        else if (this.#isEnded)
          done(new Error(`the program ended before ${pattern} was seen:\n${this.screen.text}`))
      }
      const limit = setTimeout(
        () => done(new Error(`${pattern} was not seen:\n${this.screen.text}`)),
        LONGEST_WAIT,
      )
      this.#waiting.push(look)
      look()
    })
  }

  /** Sends keys, then waits. */
  async type(keys: string, pattern: RegExp): Promise<string> {
    this.send(keys)
    return this.until(pattern)
  }

  /** Changes the size of the terminal, as dragging its corner does. */
  resize(width: number): void {
    this.screen.width = width
    spawnSync('stty', ['-F', readFileSync(this.#tty, 'utf8').trim(), 'cols', String(width)])
  }

  /** Takes the terminal away, as closing its window does. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Kills the program itself, at once. */
  killProgram(): void {
    const [pid = ''] = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
    process.kill(Number(pid), 'SIGKILL')
  }

  /** Leaves with Ctrl-D; the exit status. */
  async leave(): Promise<number | null> {
    this.send('\x04')
    return this.ended
  }
}

/** Processes of a shell that run a file. */
export function processes({ home: own }: PtyShell, file: string): number[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  const isOne = (pid: string): boolean => {
    const [program, script = ''] = read(`/proc/${pid}/cmdline`).split('\0')
    return (
      program === process.execPath
      && script.endsWith(file)
      && read(`/proc/${pid}/environ`).includes(`HOME=${own}\0`)
    )
  }
  return readdirSync('/proc')
    .filter(p => /^\d+$/.test(p) && isOne(p))
    .map(Number)
}
