/** Milliseconds that SQLite must be busy before the line is shown, and between two updates. */
const DELAY = 1000
const CLEAR_LINE = '\r\x1b[K'

/** The line `7 s, SQLite is busy`. The prompt shows it, since an engine whose SQLite is busy can send nothing. */
export class BusyLine {
  #timer: NodeJS.Timeout | undefined
  #isShown = false

  /** SQLite begins a step that may take long. `show` writes the line, or erases it. */
  begin(show: (text: string) => void): void {
    this.#stop()
    let seconds = 0
    this.#timer = setInterval(() => {
      seconds++
      this.#isShown = true
      show(`${CLEAR_LINE}${seconds} s, SQLite is busy`)
    }, DELAY)
  }

  /** The engine has sent something, or has ended. */
  end(show: (text: string) => void): void {
    this.#stop()
    if (this.#isShown) show(CLEAR_LINE)
    this.#isShown = false
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
