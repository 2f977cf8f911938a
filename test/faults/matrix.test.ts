import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Judged, runMatrix, tableOf } from './run.ts'

const DOCS = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))
const TABLE = /(?<=<!-- faults -->\n)[^]*?(?=<!-- end -->)/
let all: Judged[]

beforeAll(async () => {
  all = await runMatrix()
})

describe('the matrix of failures at every request of every statement', () => {
  it('has more than a thousand cases', () => {
    expect(all.length).toBeGreaterThan(1000)
    expect(new Set(all.map(j => j.outcome))).toEqual(new Set(['right', 'error', 'unknown', 'accepted']))
  })

  it('the outcome is the right answer, or an error that names the request and what to do; no change is carried out twice', () => {
    const wrong = all.filter(j => j.wrong.length > 0)
    expect(
      wrong.map(
        ({ of, wrong: what, message }) =>
          `${of.fault?.name}, ${of.situation.name}, ${of.isOnce ? 'once' : 'always'}: ${what.join('; ')} (${message})`,
      ),
    ).toEqual([])
  })

  it('the table of outcomes in docs/reliability.md is what was found', () => {
    const text = readFileSync(DOCS, 'utf8')
    if (process.env['UPDATE_FAULTS']) writeFileSync(DOCS, text.replace(TABLE, `${tableOf(all)}\n`))
    else expect(TABLE.exec(text)?.[0], 'npm run faults writes it anew').toBe(`${tableOf(all)}\n`)
  })
})
