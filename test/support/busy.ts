import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ticks of a second that Linux counts processor time in. */
const TICKS = 100

/** Seconds of the processor that a process has used. */
function used(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Waits until a process has worked for some seconds more: what it was last given keeps it busy. */
export async function untilBusy(pid: number, seconds = 0.3): Promise<void> {
  const before = used(pid)
  while (used(pid) - before < seconds) await sleep(10)
}
