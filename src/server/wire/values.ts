/** OIDs of int8, int2 and int4. */
export const INTEGERS: ReadonlySet<number> = new Set([20, 21, 23])

/** The binary form of an integer of 2, 4 or 8 bytes; undefined for other lengths. */
export function wholeNumber(bytes: Buffer): bigint | undefined {
  if (bytes.length === 8) return bytes.readBigInt64BE()
  return bytes.length === 4 || bytes.length === 2 ? BigInt(bytes.readIntBE(0, bytes.length)) : undefined
}
