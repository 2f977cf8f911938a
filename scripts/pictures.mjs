// Screenshots of the HTML report for docs/reports.md: docs/report.sql on the sandbox, in headless Chromium (CHROMIUM gives its path).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'confluentql-pictures-'))
const report = join(folder, 'report.html')
const args = [
  '--sandbox',
  '-q',
  '-f',
  'docs/report.sql',
  '-v',
  'from=2026-10-01',
  '-v',
  'to=2026-11-01',
  '--out',
  report,
]
execFileSync(process.execPath, [join(root, 'dist/cli.js'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CONFLUENTQL_SANDBOX_DATE: '2026-11-01' },
})

const executablePath =
  process.env.CHROMIUM
  ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path =>
    existsSync(path),
  )
if (executablePath === undefined)
  throw new Error('no Chromium found: apt-get install chromium, or set CHROMIUM=/path/to/chrome')
const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
const pictures = join(root, 'docs/pictures')
mkdirSync(pictures, { recursive: true })

/** A screenshot of the page, scrolled to `anchor`. */
async function picture(name, anchor, width, height, colorScheme = 'light', prepare = async () => {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme })
  await page.goto(pathToFileURL(report).href + anchor)
  await prepare(page)
  await page.screenshot({ path: join(pictures, `${name}.png`) })
  await page.close()
}

await picture('report', '', 1120, 900)
await picture('report-dark', '#result-4', 1120, 640, 'dark', async page => {
  const section = page.locator('#result-4')
  await section.getByRole('searchbox').fill('lucía')
  await section.getByRole('button', { name: 'email' }).click()
  await section.locator('td details summary').first().click()
  await page.waitForFunction(() =>
    / of /.test(globalThis.document.querySelector('#result-4 .count').textContent),
  )
})
await picture('report-phone', '#result-3', 390, 780)
await browser.close()
rmSync(folder, { recursive: true })
