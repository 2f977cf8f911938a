import { Writable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { guardCrashes } from './crash.ts'

/**
 * In a process that another one has started (src/processes): receives its messages. The process ends when the other one is
 * gone, at once even while SQLite blocks the thread.
 * @param onGone called when the other one has closed the connection; the process ends afterwards
 */
export function attend<To>(receive: (message: To) => void, onGone?: () => Promise<void> | undefined): void {
  guardCrashes()
  // Ctrl-C reaches every process of the terminal; only the one in front handles it
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => {
    void Promise.resolve(onGone?.()).finally(() => process.exit())
  })
  let received = 0
  process.on('message', message => {
    // the first message only opens the session, which nothing can block; the watch takes time that the start needs
    if (++received === 2) watchParent()
    receive(message as To)
  })
}

/** Sends a message to the process that has started this one. */
export function sendToParent<From extends object>(message: From): void {
  // the end of a parent that does not read any more is handled above
  process.send?.(message, () => {})
}

/** A stream that gives each text to a function. */
export function texts(take: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      take(typeof chunk === 'string' ? chunk : chunk.toString('utf8'))
      done()
    },
  })
}

/** Kills this process when its parent is gone, even while the main thread is blocked. */
function watchParent(): void {
  const code =
    'const { workerData } = require("worker_threads"); setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL") }, 1000)'
  new Worker(code, { eval: true, workerData: process.ppid }).unref()
}
