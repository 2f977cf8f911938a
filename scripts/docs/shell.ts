import { META, spellings } from '../../src/cli/script/meta.ts'

const BEGIN = '<!-- npm run docs writes from here … -->\n'
const END = '<!-- … to here -->\n'

/** docs/shell.md with a new table of commands. */
export function withCommands(page: string): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before < 0 || after < before)
    throw new Error(`docs/shell.md has no place for the commands: ${BEGIN.trim()} … ${END.trim()}`)
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const rows = META.map(c => {
    const [first = '', ...others] = spellings(c)
    return `| \`${cell(`${first} ${c.args}`.trim())}\` | ${others.map(o => `\`${o}\``).join(' ')} | ${cell(c.help)} |\n`
  })
  return `${page.slice(0, before + BEGIN.length)}| command | or | |\n|---|---|---|\n${rows.join('')}${page.slice(after)}`
}
