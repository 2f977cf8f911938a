// npm run bench [-- NAME…] [-- --times N]: measures each case against its floor in the same run and prints ratios.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { MEMORY_CASES, PROGRAM_CASES } from './cases.mjs'
import { startServer } from './tools.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { times: { type: 'string', default: '10' } } })
const cases = [...PROGRAM_CASES, ...MEMORY_CASES].filter(c => positionals.length === 0 || positionals.includes(c.name))
const server = await startServer()
const rows = []
for (const { name, what, against, goal, unit = 'ratio', slow = false, run } of cases) {
  const { ours, theirs } = await run(Number(values.times), server)
  const value = unit === 'ratio' ? ours / theirs : ours - theirs
  rows.push({ name, what, against, ours, theirs, value, goal, unit, met: value <= goal })
  console.log(`${name.padEnd(9)} ${ours.toFixed(1).padStart(9)} ${theirs.toFixed(1).padStart(9)}  ${unit === 'ratio' ? `${value.toFixed(2)} x` : `+${value.toFixed(0)} ${unit}`}  goal ${goal} ${value <= goal ? 'met' : 'NOT MET'}`)
}
server.close()
console.log(`${availableParallelism()} cores, Node ${process.version}`)
