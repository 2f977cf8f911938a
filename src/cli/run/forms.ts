import { formatNamed } from '../formats.ts'
import type { MetaCall } from '../script/read-meta.ts'
import { onOff } from './check.ts'
import type { Route } from './route.ts'
import type { Settings } from './settings.ts'

/** What each setting of `.expanded` does, in words. */
const MEANING = {
  on: 'one line per value',
  auto: 'tables; one line per value where one is too wide',
  off: 'tables, as wide as they are',
} as const

/** `.mode` and `.expanded`: sets the form of results. Returns a line that says what is set now. @throws ConfluentqlError USAGE, SYNTAX, OUTPUT */
export function setForm(
  { command, spelling, args: [word] }: MetaCall,
  settings: Settings,
  route: Route,
): string {
  if (command.name === 'expanded') return setExpanded(spelling, word, settings, route)
  if (word !== undefined) setMode(formatNamed(word), settings, route)
  const { format } = route
  if (format === 'vertical') return 'mode: vertical (\\x: table)'
  if (format === 'chart') return 'mode: chart (for all results until .mode table)'
  return format === 'table' && settings.expanded !== 'auto'
    ? `mode: table (with \\x ${settings.expanded}: ${MEANING[settings.expanded]}; \\x auto is the default)`
    : `mode: ${format}`
}

/**
 * Without a word `.expanded` switches between `on` and the setting before it. `.mode vertical` counts as on: `.expanded` then
 * brings tables back.
 */
function setExpanded(spelling: string, word: string | undefined, settings: Settings, route: Route): string {
  const isOn = settings.expanded === 'on' || route.format === 'vertical'
  const wanted =
    word === undefined ? (isOn ? settings.unexpanded : 'on') : onOff(spelling, word, ['auto'] as const)
  settings.expanded = wanted
  if (wanted !== 'on') {
    settings.unexpanded = wanted
    if (route.format === 'vertical') setMode('table', settings, route)
  }
  const next = wanted === 'on' ? `; ${spelling} again: ${settings.unexpanded}` : ''
  const isTable = route.format === 'table' || route.format === 'vertical'
  const other = isTable ? '' : `; this is for .mode table, now it is ${route.format}`
  return `expanded: ${wanted} (${MEANING[wanted]}${next}${other})`
}

function setMode(format: Settings['format'], settings: Settings, route: Route): void {
  route.mode(format)
  settings.format = route.format
}
