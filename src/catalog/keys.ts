/**
 * The key of a column path, in the form of Param.column: `spec.owner.id`. Dots inside names are escaped, so that a column
 * named "user.id" differs from the field of an object.
 */
export function keyOfPath(names: readonly string[]): string {
  return names.length === 1 ? keyPart(names[0]!) : names.map(keyPart).join('.')
}

/** A name as a part of a key. */
export function keyPart(name: string): string {
  return name.replaceAll('.', '\0')
}

/** The names that a key was made of. */
export function keyParts(key: string): string[] {
  return key.split('.').map(part => part.replaceAll('\0', '.'))
}

/** A key as people write it. */
export function keyText(key: string): string {
  return key.replaceAll('\0', '.')
}
