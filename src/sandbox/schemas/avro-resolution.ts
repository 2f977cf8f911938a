import type { AvroField, AvroType } from './avro.ts'

/** Types of a reader by the type of the writer that they can read, besides the same one. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Why data of the writer's type cannot be read as the reader's type, by Avro's rules of schema resolution. */
export function conflictsOf(reader: AvroType, writer: AvroType): readonly string[] {
  return new Resolution().conflicts(reader, writer, '')
}

class Resolution {
  /** Pairs of types that are being compared, for recursive types. */
  private readonly open = new Map<AvroType, Set<AvroType>>()

  conflicts(reader: AvroType, writer: AvroType, path: string): readonly string[] {
    const at = path === '' ? '/' : path
    const others = this.open.get(reader) ?? new Set()
    if (others.has(writer)) return []
    this.open.set(reader, others.add(writer))
    try {
      if (writer.kind === 'union') return writer.types.flatMap(type => this.conflicts(reader, type, path))
      if (reader.kind === 'union')
        return reader.types.some(type => this.conflicts(type, writer, path).length === 0)
          ? []
          : [`MISSING_UNION_BRANCH at ${at}: no branch reads ${nameOf(writer)}`]
      return this.ofKinds(reader, writer, path, at)
    } finally {
      others.delete(writer)
    }
  }

  private ofKinds(reader: AvroType, writer: AvroType, path: string, at: string): readonly string[] {
    const mismatch = [`TYPE_MISMATCH at ${at}: ${nameOf(reader)} does not read ${nameOf(writer)}`]
    if (reader.kind === 'primitive' && writer.kind === 'primitive')
      return reader.name === writer.name || PROMOTIONS[writer.name]?.includes(reader.name) === true
        ? []
        : mismatch
    if (reader.kind === 'record' && writer.kind === 'record')
      return sameName(reader, writer, reader.aliases)
        ? reader.fields.flatMap(field => this.ofField(field, writer.fields, path))
        : [`NAME_MISMATCH at ${at}: ${reader.name} and ${writer.name}`]
    if (reader.kind === 'enum' && writer.kind === 'enum') {
      const missing = writer.symbols.filter(symbol => !reader.symbols.includes(symbol))
      return missing.length === 0 || reader.hasDefault
        ? []
        : [`MISSING_ENUM_SYMBOLS at ${at}: ${missing.join(', ')}`]
    }
    if (reader.kind === 'fixed' && writer.kind === 'fixed')
      return reader.size === writer.size
        ? []
        : [`FIXED_SIZE_MISMATCH at ${at}: ${reader.size} and ${writer.size}`]
    if (
      (reader.kind === 'array' || reader.kind === 'map')
      && (writer.kind === 'array' || writer.kind === 'map')
      && reader.kind === writer.kind
    )
      return this.conflicts(reader.of, writer.of, `${path}/${reader.kind === 'array' ? 'items' : 'values'}`)
    return mismatch
  }

  private ofField(field: AvroField, written: readonly AvroField[], path: string): readonly string[] {
    const at = `${path}/fields/${field.name}`
    const same = written.find(({ name }) => name === field.name || field.aliases.includes(name))
    if (same !== undefined) return this.conflicts(field.type, same.type, at)
    return field.hasDefault
      ? []
      : [`READER_FIELD_MISSING_DEFAULT_VALUE at ${at}: data without it cannot be read`]
  }
}

function nameOf(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

/** Records are compared by their names without namespaces. */
function sameName(reader: { name: string }, writer: { name: string }, aliases: readonly string[]): boolean {
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
  return [reader.name, ...aliases].some(name => last(name) === last(writer.name))
}
