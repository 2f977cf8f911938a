import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Clock ticks per second of Linux's processor times. */
const TICKS = 100

/** Processor time that a process has used, in seconds. */
function used(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Waits until a process has used some more seconds of processor time: it is then busy with its last input. */
export async function untilBusy(pid: number, seconds = 0.3): Promise<void> {
  const before = used(pid)
  while (used(pid) - before < seconds) await sleep(10)
}
