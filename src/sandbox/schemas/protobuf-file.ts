import protobuf, { type Enum, type ReflectionObject, type Root, type Type } from 'protobufjs'
import { InvalidSchema, type Referenced } from './format.ts'

/** A .proto file whose types are resolved. */
export interface ProtobufFile {
  readonly syntax: string
  readonly packageName: string
  readonly imports: readonly string[]
  /** Those at the top of the file. */
  readonly messages: readonly Type[]
  readonly enums: readonly Enum[]
  /** The declarations as JSON text, in the order of the file. */
  readonly declarations: string
}

/** Reads a file and the files that it refers to. */
export function readFile(text: string, references: readonly Referenced[]): ProtobufFile {
  try {
    return fileOf(text, references)
  } catch (error) {
    throw error instanceof InvalidSchema ? error : new InvalidSchema((error as Error).message)
  }
}

function fileOf(text: string, references: readonly Referenced[]): ProtobufFile {
  const parse = (one: string, root: Root) => protobuf.parse(withSyntax(one), root, { keepCase: true })
  const root = new protobuf.Root()
  const given = new Set(references.map(({ name }) => name))
  const paths = references.flatMap(reference => parse(reference.text, root).imports ?? [])
  // read by itself, the file has only its own declarations
  const own = parse(text, new protobuf.Root())
  const imports = [...(own.imports ?? []), ...(own.weakImports ?? [])]
  const unknown = new Set([...paths, ...imports].filter(path => !given.has(path) && !addKnown(root, path)))
  for (const path of imports)
    if (unknown.has(path) && !/^(google|confluent)\//.test(path))
      throw new InvalidSchema(`no reference has the name of the import "${path}"`)
  parse(text, root)
  const declared = declarationsOf(own.root.lookup(own.package ?? '') ?? own.root)
  const [first] = declared
  if (first === undefined) throw new InvalidSchema('no message or enum')
  const found = declared.map(one => root.lookup(one.fullName))
  const messages = found.filter(one => one instanceof protobuf.Type)
  for (const message of messages) checkNumbers(message)
  try {
    root.resolveAll()
  } catch (error) {
    // types of a file that is unknown
    if (unknown.size === 0) throw error
  }
  return {
    syntax: (first.toJSON() as { edition?: string } | undefined)?.edition ?? 'proto3',
    packageName: own.package ?? '',
    imports,
    messages,
    enums: found.filter(one => one instanceof protobuf.Enum),
    declarations: JSON.stringify([imports, own.root.toJSON()]),
  }
}

function checkNumbers(message: Type): void {
  const wrong = message.fieldsArray.find(({ id }) => id < 1)
  if (wrong !== undefined)
    throw new InvalidSchema(`field ${wrong.name} of message ${message.name} has no valid number`)
  for (const one of declarationsOf(message)) if (one instanceof protobuf.Type) checkNumbers(one)
}

/** The messages and enums in a package or a message. */
export function declarationsOf(place: ReflectionObject): readonly (Type | Enum)[] {
  return place instanceof protobuf.Namespace || place instanceof protobuf.Type
    ? place.nestedArray.filter(one => one instanceof protobuf.Type || one instanceof protobuf.Enum)
    : []
}

/** A file that names no syntax is read as the one in which fields need no label, unless they have labels. */
function withSyntax(text: string): string {
  return /\b(?:syntax|edition)\s*=|\b(?:optional|required)\b/.test(text) ? text : `syntax = "proto3"; ${text}`
}

/** Adds a file that every Protobuf library brings along. */
function addKnown(root: Root, path: string): boolean {
  const known = protobuf.common.get(path)
  if (known === null) return false
  root.addJSON(known.nested ?? {})
  return true
}
