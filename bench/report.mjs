import { readFileSync, writeFileSync } from 'node:fs'
import { at } from './tools.mjs'

const PAGE = at('docs/performance.md')
const BEGIN = '<!-- measured -->'
const END = '<!-- /measured -->'

const number = value =>
  Number.isInteger(value) && value < 1000
    ? String(value)
    : value >= 1000
      ? Math.round(value).toLocaleString('en-US')
      : value >= 100
        ? value.toFixed(0)
        : value.toFixed(1)

function measuredTable(rows) {
  const unitOf = { '×': 'ms', '× its rate': 'rows/s', MB: 'MB', ms: 'ms', packages: '' }
  const lines = rows.map(r => {
    const unit = r.of ?? unitOf[r.unit]
    const ratio = r.unit.startsWith('×')
      ? `**${r.value.toFixed(2)} ×**`
      : r.unit === 'ms' || r.unit === 'packages'
        ? `**${number(r.value)} ${r.unit}**`
        : `**${r.theirs === undefined ? '' : '+'}${number(r.value)} ${r.unit}**`
    const goal =
      r.unit === '× its rate' ? `≥ ${r.goal} ×` : r.unit === '×' ? `≤ ${r.goal} ×` : `≤ ${r.goal} ${r.unit}`
    return `| ${r.what} | ${number(r.ours)} ${unit} | ${r.against}${r.theirs === undefined ? '' : `: ${number(r.theirs)} ${unit}`} | ${ratio} | ${goal} | ${r.met ? 'yes' : '**no**'} |`
  })
  return ['| what | here | floor | ratio | goal | met |', '|---|--:|---|--:|--:|---|', ...lines].join('\n')
}

function growthTable({ title, head, rows, picture }) {
  return [
    `### ${title}`,
    '',
    `![${title}](${picture})`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '--:').join('|')}|`,
    ...rows.map(r => `| ${r.map(v => (typeof v === 'number' ? number(v) : v)).join(' | ')} |`),
  ].join('\n')
}

/** Replaces the text between the marks in docs/performance.md. */
export function writeSection({ rows, growth = [], machine, times, command }) {
  const text = readFileSync(PAGE, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${BEGIN} … ${END}`)
  const section = [
    `Measured with \`${command.trim()}\` on ${machine}; medians of ${times} (of memory, of 3), each case alternating with its floor.`,
    measuredTable(rows),
    ...(growth.length > 0 ? ['## Growth', ...growth.map(growthTable)] : []),
  ].join('\n\n')
  writeFileSync(PAGE, `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`)
}
