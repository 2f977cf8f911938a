/** Bytes of a document. */
export const MAX_FILE = 20 * 2 ** 20
/** Bytes of all documents of a provider. */
export const MAX_TOTAL = 256 * 2 ** 20
/** Bytes of an archive as it is, before it is decompressed. */
export const MAX_ARCHIVE = 64 * 2 ** 20
/** Files of a provider. */
export const MAX_FILES = 20_000

/** `20 MB` */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en-US')} MB`
}
