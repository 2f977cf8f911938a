/** The .proto file of a FileDescriptorProto in base64, as clients with generated code send it; undefined if the text is none. */
export function textOfDescriptor(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64) || base64.length % 4 !== 0) return undefined
  try {
    return fileText(fieldsIn(Buffer.from(base64, 'base64')))
  } catch {
    return undefined
  }
}

/** A message: the values of each field by its number. */
type Fields = ReadonlyMap<number, readonly (number | Buffer)[]>

function fieldsIn(bytes: Buffer): Fields {
  const fields = new Map<number, (number | Buffer)[]>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('the message is cut off')
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  const slice = (size: number): Buffer => {
    at += size
    if (at > bytes.length) throw new RangeError('the message is cut off')
    return bytes.subarray(at - size, at)
  }
  while (at < bytes.length) {
    const tag = varint()
    const values = fields.get(tag >> 3) ?? []
    const wire = tag & 7
    if (tag < 8 || ![0, 1, 2, 5].includes(wire)) throw new RangeError('no message')
    values.push(wire === 0 ? varint() : slice(wire === 2 ? varint() : wire === 1 ? 8 : 4))
    fields.set(tag >> 3, values)
  }
  return fields
}

const messages = (fields: Fields, number: number): readonly Fields[] =>
  (fields.get(number) ?? []).map(value => fieldsIn(value as Buffer))
const texts = (fields: Fields, number: number): readonly string[] =>
  (fields.get(number) ?? []).map(value => (value as Buffer).toString())
const text = (fields: Fields, number: number): string => texts(fields, number)[0] ?? ''
const integer = (fields: Fields, number: number): number => Number(fields.get(number)?.[0] ?? 0)

// the numbers are those of descriptor.proto
function fileText(file: Fields): string {
  const name = text(file, 2)
  const declarations = [
    ...messages(file, 4).map(message => messageText(message, '')),
    ...messages(file, 5).map(one => enumText(one, '')),
  ]
  if (declarations.length === 0) throw new RangeError('no file')
  return [
    `syntax = "${text(file, 12) || 'proto2'}";\n`,
    ...(name === '' ? [] : [`package ${name};\n`]),
    ...texts(file, 3).map(path => `import "${path}";\n`),
    ...declarations.map(declaration => `\n${declaration}`),
  ].join('')
}

function messageText(message: Fields, indent: string): string {
  const inner = `${indent}  `
  const nested = messages(message, 3)
  const entries = new Map(nested.filter(isMapEntry).map(one => [text(one, 1), one]))
  const groups = messages(message, 8).map(one => text(one, 1))
  const fields = messages(message, 2)
  const inGroup = (field: Fields): boolean => field.has(9) && !field.has(17)
  const lines = [
    ...fields.filter(field => !inGroup(field)).map(field => `${inner}${fieldText(field, entries)}\n`),
    ...groups.flatMap((group, index) => {
      const members = fields.filter(field => inGroup(field) && integer(field, 9) === index)
      if (members.length === 0) return []
      const rows = members.map(field => `${inner}  ${fieldText(field, entries)}\n`)
      return [`${inner}oneof ${group} {\n${rows.join('')}${inner}}\n`]
    }),
    ...nested.filter(one => !isMapEntry(one)).map(one => messageText(one, inner)),
    ...messages(message, 4).map(one => enumText(one, inner)),
  ]
  return `${indent}message ${text(message, 1)} {\n${lines.join('')}${indent}}\n`
}

const isMapEntry = (message: Fields): boolean =>
  messages(message, 7).some(options => integer(options, 7) === 1)

const TYPES = (
  ' double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum'
  + ' sfixed32 sfixed64 sint32 sint64'
).split(' ')

function typeText(field: Fields): string {
  const name = text(field, 6)
  return name === '' ? (TYPES[integer(field, 5)] ?? '') : name
}

function fieldText(field: Fields, entries: ReadonlyMap<string, Fields>): string {
  const entry = entries.get(text(field, 6).split('.').at(-1) ?? '')
  const tail = `${text(field, 1)} = ${integer(field, 3)};`
  if (entry !== undefined) {
    const [key, value] = messages(entry, 2).map(typeText)
    return `map<${key}, ${value}> ${tail}`
  }
  const label = integer(field, 4)
  const before = label === 3 ? 'repeated ' : label === 2 ? 'required ' : field.has(17) ? 'optional ' : ''
  return `${before}${typeText(field)} ${tail}`
}

function enumText(one: Fields, indent: string): string {
  const values = messages(one, 2).map(value => `${indent}  ${text(value, 1)} = ${integer(value, 2)};\n`)
  return `${indent}enum ${text(one, 1)} {\n${values.join('')}${indent}}\n`
}
