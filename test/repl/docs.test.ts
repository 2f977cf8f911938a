import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { withCommands } from '../../scripts/docs/shell.ts'
import { metaHelp } from '../../src/cli/script/help.ts'
import { META } from '../../src/cli/script/meta.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/shell.md', import.meta.url)), 'utf8')

it('docs/shell.md has every command', () => {
  expect(page, 'docs/shell.md is stale: npm run docs').toBe(withCommands(page))
})

it('.help has every command in both spellings, as wide as the terminal, and fits on a screen of 24 lines with two prompts', () => {
  const lines = metaHelp(undefined, 80).split('\n')
  expect(lines.length - 1).toBeLessThanOrEqual(22)
  for (const { name, aliases } of META) {
    const line = lines.find(l => l.includes(` .${name} `))
    expect(line).toBeDefined()
    for (const alias of aliases) expect(line).toContain(alias)
  }
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

it('.help NAME tells the arguments; a wrong name is answered with the near one', () => {
  expect(metaHelp('\\x', 80)).toBe(
    '.expanded [on|off|auto]\n\\x [on|off|auto]\n  a line for each value; auto: where a table does not fit; off: a wide table is\n  shown whole\n',
  )
  expect(() => metaHelp('mdoe', 80)).toThrow('no command mdoe; did you mean "mode"?')
})
