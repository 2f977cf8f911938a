import protobuf, { type Field, type Type } from 'protobufjs'
import { declarationsOf, type ProtobufFile } from './protobuf-file.ts'

/** What Schema Registry reports when a reader's file cannot stand for the writer's. */
export function conflictsOf(reader: ProtobufFile, writer: ProtobufFile): readonly string[] {
  const moved = reader.packageName === writer.packageName ? [] : ['PACKAGE_CHANGED at #/']
  return [...moved, ...new Comparison().ofMessages(reader.messages, writer.messages, '#')]
}

/** Types whose values have the same form in messages. Those of enums are integers. */
const ALIKE: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool', 'enum'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['float'],
  ['double'],
  ['string', 'bytes'],
]

class Comparison {
  /** Messages that were compared, for those that refer to themselves. */
  private readonly seen = new Set<Type>()

  ofMessages(readers: readonly Type[], writers: readonly Type[], path: string): readonly string[] {
    return writers.flatMap(before => {
      const now = readers.find(({ name }) => name === before.name)
      const at = `${path}/${before.name}`
      return now === undefined ? [`MESSAGE_REMOVED at ${at}`] : this.ofMessage(now, before, at)
    })
  }

  private ofMessage(now: Type, before: Type, at: string): readonly string[] {
    if (this.seen.has(before)) return []
    this.seen.add(before)
    const numbers = [...new Set([...before.fieldsArray, ...now.fieldsArray].map(({ id }) => id))]
    return [
      ...intoOneofs(now, before, at),
      ...numbers
        .toSorted((a, b) => a - b)
        .flatMap(id => this.ofField(now.fieldsById[id], before.fieldsById[id], now, `${at}/${id}`)),
      ...this.ofMessages(messagesIn(now), messagesIn(before), at),
    ]
  }

  private ofField(
    now: Field | undefined,
    before: Field | undefined,
    message: Type,
    at: string,
  ): readonly string[] {
    if (before === undefined) return now?.required ? [`REQUIRED_FIELD_ADDED at ${at}`] : []
    if (now !== undefined) return this.ofTypes(now, before, at)
    if (before.required) return [`REQUIRED_FIELD_REMOVED at ${at}`]
    const oneof = oneofOf(before)
    // a group may disappear as a whole
    const isWholeGone =
      oneof !== undefined
      && message.oneofs?.[oneof.name] === undefined
      && oneof.fieldsArray.every(({ id }) => message.fieldsById[id] === undefined)
    return oneof === undefined || isWholeGone ? [] : [`ONEOF_FIELD_REMOVED at ${at}`]
  }

  private ofTypes(now: Field, before: Field, at: string): readonly string[] {
    const [kind, old] = [kindOf(now), kindOf(before)]
    if (kind !== old) return [`FIELD_KIND_CHANGED at ${at}`]
    const keys =
      now instanceof protobuf.MapField
      && before instanceof protobuf.MapField
      && !areAlike(now.keyType, before.keyType)
        ? [`FIELD_SCALAR_KIND_CHANGED at ${at}`]
        : []
    return [...keys, ...this.ofValues(now, before, at)]
  }

  private ofValues(now: Field, before: Field, at: string): readonly string[] {
    const [isMessage, wasMessage] = [isOfMessage(now), isOfMessage(before)]
    if (isMessage !== wasMessage) return [`FIELD_KIND_CHANGED at ${at}`]
    if (isMessage) return this.ofNamed(now, before, at)
    const type = scalarOf(now)
    if (!areAlike(type, scalarOf(before))) return [`FIELD_SCALAR_KIND_CHANGED at ${at}`]
    const [label, old] = [labelOf(now), labelOf(before)]
    const isOther = label !== undefined && old !== undefined && label !== old
    return isOther && !areAlike(type, 'string') ? [`FIELD_NUMERIC_LABEL_CHANGED at ${at}`] : []
  }

  /** Of fields whose types are messages. */
  private ofNamed(now: Field, before: Field, at: string): readonly string[] {
    const [type, old] = [now.resolvedType, before.resolvedType]
    if (!(type instanceof protobuf.Type) || !(old instanceof protobuf.Type))
      return now.type === before.type ? [] : [`FIELD_NAMED_TYPE_CHANGED at ${at}`]
    if (localName(type) !== localName(old)) return [`FIELD_NAMED_TYPE_CHANGED at ${at}`]
    const inside = this.ofMessage(type, old, `#/${localName(type).replaceAll('.', '/')}`)
    return inside.length === 0 ? [] : [...inside, `FIELD_NAMED_TYPE_CHANGED at ${at}`]
  }
}

/** Fields that were independent may not exclude each other afterwards. */
function intoOneofs(now: Type, before: Type, at: string): readonly string[] {
  return now.oneofsArray.flatMap(oneof => {
    const old = oneof.fieldsArray.flatMap(({ id }) => before.fieldsById[id] ?? [])
    const groups = new Set(old.map(field => oneofOf(field)?.name ?? field.id))
    const alone = old.filter(field => oneofOf(field) === undefined).length
    if (groups.size < 2) return []
    return [
      `${alone > 1 ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF'} at ${at}/${oneof.name}`,
    ]
  })
}

const messagesIn = (message: Type): readonly Type[] =>
  declarationsOf(message).filter(one => one instanceof protobuf.Type)

const areAlike = (type: string, other: string): boolean =>
  ALIKE.some(types => types.includes(type) && types.includes(other))

const isOfMessage = (field: Field): boolean =>
  scalarOf(field) !== 'enum' && !ALIKE.some(types => types.includes(field.type))

const scalarOf = ({ resolvedType, type }: Field): string =>
  resolvedType instanceof protobuf.Enum ? 'enum' : type

const kindOf = (field: Field): string => (field.map ? 'map' : isOfMessage(field) ? 'message' : 'scalar')

/** The group that the file writes: an optional field of proto3 is alone in one that it does not write. */
const oneofOf = ({ partOf }: Field) => (partOf === null || partOf?.isProto3Optional ? undefined : partOf)

/** The label that the file writes. */
function labelOf(field: Field): string | undefined {
  if (field.repeated) return 'repeated'
  if (field.required) return 'required'
  return field.hasPresence && oneofOf(field) === undefined ? 'optional' : undefined
}

/** The name in its package. */
function localName(type: Type): string {
  return type.parent instanceof protobuf.Type ? `${localName(type.parent)}.${type.name}` : type.name
}
