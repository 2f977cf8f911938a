/** Milliseconds of a clock that never goes back. The global `performance` takes one to be loaded, at the start of every command. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
