import { textOfDescriptor } from './protobuf-descriptor.ts'
import { InvalidSchema, type ReadSchema, type Referenced } from './format.ts'

interface ProtobufField {
  readonly name: string
  readonly type: string
  readonly label: string
}

/** Messages by full name; fields by number. */
type Messages = ReadonlyMap<string, ReadonlyMap<number, ProtobufField>>

interface ProtobufSchema extends ReadSchema {
  readonly messages: Messages
}

/** Reads a .proto file, or a descriptor of one in base64. */
export function readProtobuf(given: string, references: readonly Referenced[]): ProtobufSchema {
  const text = textOfDescriptor(given) ?? given
  const file = new FileReader(text)
  file.read()
  for (const name of file.imports)
    if (!/^(google|confluent)\//.test(name) && !references.some(one => one.name === name))
      throw new InvalidSchema(`no reference has the name of the import "${name}"`)
  if (file.messages.size === 0 && !file.hasEnums) throw new InvalidSchema('no message or enum')
  const { messages } = file
  return {
    text,
    identity: file.identity,
    messages,
    conflicts: writer => conflictsOf(messages, (writer as ProtobufSchema).messages),
  }
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.]+|[^\s\w]/g

/** Reads the declarations of a file. */
class FileReader {
  readonly imports: string[] = []
  readonly messages = new Map<string, ReadonlyMap<number, ProtobufField>>()
  hasEnums = false
  /** The tokens, without spaces and comments. */
  readonly identity: string
  private readonly tokens: readonly string[]
  private next = 0
  private package = ''

  constructor(text: string) {
    this.tokens = (text.match(TOKEN) ?? []).filter(token => !/^(\s|\/\/|\/\*)/.test(token))
    this.identity = this.tokens.join(' ')
  }

  read(): void {
    while (this.next < this.tokens.length) {
      const word = this.take()
      if (word === 'package') {
        this.package = this.word()
        this.expect(';')
      } else if (word === 'import') {
        if (/^(public|weak)$/.test(this.tokens[this.next] ?? '')) this.take()
        this.imports.push(this.take().slice(1, -1))
        this.expect(';')
      } else if (word === 'message') this.message(this.package)
      else if (word === 'enum') this.enum()
      else if (/^(syntax|edition|option)$/.test(word)) this.skipTo(';')
      else if (/^(service|extend)$/.test(word)) this.skipBlock()
      else if (word !== ';') throw new InvalidSchema(`"${word}" begins no declaration`)
    }
  }

  private message(outer: string): void {
    const word = this.word()
    const name = outer === '' ? word : `${outer}.${word}`
    const fields = new Map<number, ProtobufField>()
    if (this.messages.has(name)) throw new InvalidSchema(`message ${name} is defined twice`)
    this.messages.set(name, fields)
    this.expect('{')
    while (!this.ends()) this.member(name, fields)
  }

  private member(name: string, fields: Map<number, ProtobufField>): void {
    const word = this.take()
    if (word === 'message') return this.message(name)
    if (word === 'enum') return this.enum()
    if (word === 'extend') return this.skipBlock()
    if (/^(option|reserved|extensions)$/.test(word)) return this.skipTo(';')
    if (word === ';') return undefined
    if (word === 'oneof') {
      this.word()
      this.expect('{')
      while (!this.ends()) {
        const inner = this.take()
        if (inner === 'option') this.skipTo(';')
        else this.field(name, fields, inner, 'oneof')
      }
      return undefined
    }
    const isLabel = /^(optional|required|repeated)$/.test(word)
    return this.field(name, fields, isLabel ? this.take() : word, isLabel ? word : '')
  }

  private field(message: string, fields: Map<number, ProtobufField>, type: string, label: string): void {
    const whole = type === 'map' && this.tokens[this.next] === '<' ? `map${this.angles()}` : type
    if (!/^[\w.]+/.test(whole)) throw new InvalidSchema(`"${type}" in message ${message} is no type`)
    const name = this.word()
    this.expect('=')
    const number = Number(this.take())
    if (!Number.isInteger(number) || number < 1)
      throw new InvalidSchema(`field ${name} of message ${message} has no valid number`)
    if (fields.has(number)) throw new InvalidSchema(`message ${message} has two fields with number ${number}`)
    fields.set(number, { name, type: whole, label })
    this.skipTo(';')
  }

  private enum(): void {
    this.hasEnums = true
    this.skipBlock()
  }

  private angles(): string {
    const start = this.next
    while (this.take() !== '>');
    return this.tokens.slice(start, this.next).join('')
  }

  private ends(): boolean {
    if (this.tokens[this.next] !== '}') return false
    this.next++
    return true
  }

  /** Skips what is left of a statement. */
  private skipTo(end: string): void {
    for (let depth = 0; ;) {
      const token = this.take()
      if (token === end && depth === 0) return
      if (/^[{[(]$/.test(token)) depth++
      if (/^[}\])]$/.test(token) && depth-- === 0) throw new InvalidSchema(`"${token}" instead of "${end}"`)
    }
  }

  private skipBlock(): void {
    this.word()
    this.expect('{')
    this.skipTo('}')
  }

  private word(): string {
    const token = this.take()
    if (!/^[A-Za-z_][\w.]*$/.test(token)) throw new InvalidSchema(`"${token}" is no name`)
    return token
  }

  private expect(wanted: string): void {
    const token = this.take()
    if (token !== wanted) throw new InvalidSchema(`"${token}" instead of "${wanted}"`)
  }

  private take(): string {
    const token = this.tokens[this.next++]
    if (token === undefined) throw new InvalidSchema('unexpected end of the file')
    return token
  }
}

/** Types whose values have the same form in messages. */
const ALIKE: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
  ['string', 'bytes'],
]

function conflictsOf(reader: Messages, writer: Messages): readonly string[] {
  return [...writer].flatMap(([name, before]) => {
    const now = reader.get(name)
    if (now === undefined) return [`MESSAGE_REMOVED at #/${name}`]
    const changed = [...before].flatMap(([number, old]) => {
      const field = now.get(number)
      if (field === undefined)
        return old.label === 'required' ? [`REQUIRED_FIELD_REMOVED at #/${name}/${number}`] : []
      const alike =
        field.type === old.type || ALIKE.some(types => types.includes(field.type) && types.includes(old.type))
      return alike ? [] : [`FIELD_SCALAR_KIND_CHANGED at #/${name}/${number}: ${old.type} to ${field.type}`]
    })
    const added = [...now].filter(([number, { label }]) => label === 'required' && !before.has(number))
    return [...changed, ...added.map(([number]) => `REQUIRED_FIELD_ADDED at #/${name}/${number}`)]
  })
}
