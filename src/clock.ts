/** Milliseconds of a monotonic clock. Not `performance.now()`, as loading `performance` costs a millisecond at every start. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
