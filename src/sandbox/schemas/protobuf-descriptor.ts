import descriptor, {
  type IDescriptorProto,
  type IEnumDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from 'protobufjs/ext/descriptor.js'
import type { ProtobufFile } from './protobuf-file.ts'

/** The .proto file of a FileDescriptorProto in base64, as clients with generated code send it; undefined if the text is none. */
export function textOfDescriptor(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64) || base64.length % 4 !== 0) return undefined
  try {
    return fileText(descriptor.FileDescriptorProto.decode(Buffer.from(base64, 'base64')))
  } catch {
    return undefined
  }
}

/** A file as a FileDescriptorProto in base64. */
export function descriptorOf({ syntax, packageName, imports, messages, enums }: ProtobufFile): string {
  const file = descriptor.FileDescriptorProto.create({
    name: 'default',
    package: packageName,
    dependency: imports,
    messageType: messages.map(one => one.toDescriptor(syntax)),
    enumType: enums.map(one => one.toDescriptor()),
    syntax,
  })
  return Buffer.from(descriptor.FileDescriptorProto.encode(file).finish()).toString('base64')
}

function fileText(decoded: unknown): string {
  const file = decoded as IFileDescriptorProto
  const declarations = [
    ...(file.messageType ?? []).map(message => messageText(message, '')),
    ...(file.enumType ?? []).map(one => enumText(one, '')),
  ]
  if (declarations.length === 0) throw new RangeError('no file')
  return [
    `syntax = "${file.syntax || 'proto2'}";\n`,
    ...(file.package ? [`package ${file.package};\n`] : []),
    ...((file.dependency ?? []) as readonly string[]).map(path => `import "${path}";\n`),
    ...declarations.map(declaration => `\n${declaration}`),
  ].join('')
}

function messageText(message: IDescriptorProto, indent: string): string {
  const inner = `${indent}  `
  const { field = [], nestedType = [], enumType = [], oneofDecl = [], reservedRange = [] } = message
  const entries = new Map(
    nestedType.filter(({ options }) => options?.mapEntry).map(one => [one.name ?? '', one]),
  )
  const groupOf = (one: IFieldDescriptorProto): number | undefined =>
    Object.hasOwn(one, 'oneofIndex') && !one.proto3Optional ? one.oneofIndex : undefined
  const lines = [
    ...reservedRange.map(({ start = 0, end = 0 }) =>
      end - start > 1 ? `${inner}reserved ${start} to ${end - 1};\n` : `${inner}reserved ${start};\n`,
    ),
    ...(message.reservedName ?? []).map(name => `${inner}reserved "${name}";\n`),
    ...field.filter(one => groupOf(one) === undefined).map(one => `${inner}${fieldText(one, entries)}\n`),
    ...oneofDecl.flatMap(({ name = '' }, index) => {
      const members = field.filter(one => groupOf(one) === index)
      if (members.length === 0) return []
      const rows = members.map(one => `${inner}  ${fieldText(one, entries)}\n`)
      return [`${inner}oneof ${name} {\n${rows.join('')}${inner}}\n`]
    }),
    ...nestedType.filter(one => !one.options?.mapEntry).map(one => messageText(one, inner)),
    ...enumType.map(one => enumText(one, inner)),
  ]
  return `${indent}message ${message.name ?? ''} {\n${lines.join('')}${indent}}\n`
}

const TYPES = (
  ' double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum'
  + ' sfixed32 sfixed64 sint32 sint64'
).split(' ')

function typeText({ typeName, type }: IFieldDescriptorProto): string {
  return typeName || (TYPES[type ?? 0] ?? '')
}

function fieldText(field: IFieldDescriptorProto, entries: ReadonlyMap<string, IDescriptorProto>): string {
  const entry = entries.get(field.typeName?.split('.').at(-1) ?? '')
  const value = field.defaultValue
  const text = field.type === 9 ? JSON.stringify(value) : value
  const tail = `${field.name} = ${field.number}${value ? ` [default = ${text}]` : ''};`
  if (entry !== undefined) {
    const [key, of] = (entry.field ?? []).map(typeText)
    return `map<${key}, ${of}> ${tail}`
  }
  return `${labelOf(field)}${typeText(field)} ${tail}`
}

/** Not written for fields of proto3 that are neither repeated nor optional. */
function labelOf({ label, proto3Optional }: IFieldDescriptorProto): string {
  return label === 3 ? 'repeated ' : label === 2 ? 'required ' : proto3Optional ? 'optional ' : ''
}

function enumText({ name, value = [] }: IEnumDescriptorProto, indent: string): string {
  const values = value.map(one => `${indent}  ${one.name} = ${one.number ?? 0};\n`)
  return `${indent}enum ${name} {\n${values.join('')}${indent}}\n`
}
