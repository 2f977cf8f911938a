import type { RenderOptions } from '../render/types.ts'
import type { CliOptions } from './args/options.ts'
import type { World } from './world.ts'

/** How a command writes its one result: as the options say, in the terminal's width unless it goes to a file. */
export function renderOptionsOf(options: CliOptions, world: World): RenderOptions {
  const { format, header, nullText, delimiter, out } = options
  return {
    format,
    header,
    nullText,
    delimiter,
    ...screenOptions(out === undefined ? world.terminal : undefined),
  }
}

/** The size and the colours of a terminal that the output goes to, if it goes to one. */
export function screenOptions(
  terminal: World['terminal'],
): Pick<RenderOptions, 'width' | 'height' | 'color'> {
  return { width: terminal?.columns, height: terminal?.rows, color: terminal?.color }
}
