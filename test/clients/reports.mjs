// Writes reports from the sandbox, and reads them with pandas, openpyxl, DuckDB and, if it is installed, LibreOffice.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, venv } from './server.mjs'

const python = venv('test/clients/reports-requirements.txt')
const folder = mkdtempSync(join(tmpdir(), 'confluentql-reports-'))
let failures = 0

function write(name, ...args) {
  const env = { ...process.env, HOME: folder, CONFLUENTQL_SANDBOX_DATE: '2026-11-01' }
  const out = join(folder, name)
  execFileSync(process.execPath, [join(root, 'dist/cli.js'), '--sandbox', '-q', ...args, '--out', out], {
    env,
  })
  return out
}

/** Compares the lines of a sheet that LibreOffice has computed. */
function calc(sheet, expected) {
  const lines = readFileSync(join(folder, `report-${sheet}.csv`), 'utf8')
    .trimEnd()
    .split('\n')
  const isRight = expected.every((one, i) => one.test(lines.at(i === 0 ? 0 : -1)))
  if (!isRight) failures++
  console.log(
    isRight ? `ok      LibreOffice: ${sheet}` : `FAILED  LibreOffice: ${sheet}: ${lines.join('\n')}`,
  )
}

try {
  const report = write('report.xlsx', '-f', join(root, 'test/clients/reports.sql'))
  write('costs.parquet', "SELECT * FROM confluent.billing.costs WHERE start_date = '2026-10-01'")
  write('invitations.parquet', 'SELECT * FROM confluent.iam.invitations')
  const { status } = spawnSync(python, [join(root, 'test/clients/reports.py'), folder], { stdio: 'inherit' })
  if (status !== 0) failures++
  if (spawnSync('soffice', ['--version']).error) {
    console.log('skipped LibreOffice: there is no soffice (apt-get install libreoffice-calc)')
  } else {
    // 44,34,76: comma, quote, UTF-8. As shown, and all sheets
    const filter = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1'
    const profile = `-env:UserInstallation=file://${join(folder, 'office')}`
    execFileSync('soffice', [profile, '--headless', '--convert-to', filter, '--outdir', folder, report], {
      stdio: 'ignore',
      timeout: 300_000,
    })
    calc('Costs', [/^day,amount,n$/, /^Total,"\$4,185\.67",141$/])
    calc('Values', [
      /^fraction,formula,code,long,yes,/,
      /^0\.3,=1\+1,007,12345678901234567,TRUE,2026-10-01,[^,]+,2026-10-01,2026-10-01 02:03:04\.567,https:\/\/example\.org\/\?a=1&b=2,"\{.*\}",$/,
    ])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failures === 0 ? 0 : 1
