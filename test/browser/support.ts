import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of Chromium: CHROMIUM, or a usual location. */
export async function launch(): Promise<Browser> {
  const executablePath = [process.env.CHROMIUM, ...PLACES].find(
    path => path !== undefined && existsSync(path),
  )
  if (executablePath === undefined)
    throw new Error('no Chromium: apt-get install chromium, or name one with CHROMIUM=/path/to/chrome')
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
