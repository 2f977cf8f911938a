// The shell in a pseudo-terminal: milliseconds from a key press to its output.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { folder, median, PROGRAM } from './tools.mjs'

const STATEMENT =
  "SELECT i.email, u.full_name FROM confluent.iam.invitations i JOIN confluent.iam.users u ON u.id = i.creator.id WHERE i.status = 'x' AND "

/** Medians of a key press while typing a statement, and of Tab listing the columns of two tables. */
export async function keyTimes() {
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  const shell = spawn(
    'script',
    ['-qfec', `stty cols 120 rows 40; exec '${process.execPath}' '${PROGRAM}' --sandbox`, '/dev/null'],
    {
      env: { PATH: process.env.PATH, HOME: home, TERM: 'xterm-256color', SHELL: '/bin/sh', PAGER: '' },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  let text = ''
  let heard
  shell.stdout.setEncoding('utf8').on('data', part => {
    text += part
    heard?.()
  })
  while (!text.includes('sandbox>')) await pause(5)
  await pause(1000)
  const press = async key => {
    const answer = new Promise(resolve => {
      heard = resolve
    })
    const started = performance.now()
    shell.stdin.write(key)
    await Promise.race([answer, pause(2000)])
    return performance.now() - started
  }
  const keys = []
  for (const letter of STATEMENT) {
    keys.push(await press(letter))
    await pause(5)
  }
  const tabs = []
  for (let i = 0; i < 20; i++) {
    tabs.push(await press('\t'))
    await pause(30)
  }
  shell.stdin.write('\u0003')
  await pause(100)
  shell.stdin.write('\u0004')
  await new Promise(resolve => {
    shell.once('close', resolve)
  })
  return { key: median(keys), tab: median(tabs) }
}
