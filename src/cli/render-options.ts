import type { RenderOptions } from '../render/types.ts'
import type { CliOptions } from './args/options.ts'
import type { World } from './world.ts'

/** How a command writes its one result: as the options say, in the terminal's width unless it goes to a file. */
export function renderOptionsOf(options: CliOptions, world: World): RenderOptions {
  const { format, header, nullText, delimiter, out } = options
  const terminal = out === undefined ? world.terminal : undefined
  return {
    format,
    header,
    nullText,
    delimiter,
    width: terminal?.columns,
    height: terminal?.rows,
    color: terminal?.color,
  }
}
