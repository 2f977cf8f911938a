import { textOfDescriptor, descriptorOf } from './protobuf-descriptor.ts'
import { readFile, type ProtobufFile } from './protobuf-file.ts'
import { conflictsOf } from './protobuf-rules.ts'
import { sorted, type ReadSchema, type Referenced } from './format.ts'

interface ProtobufSchema extends ReadSchema {
  readonly file: ProtobufFile
}

/** Reads a .proto file, or a descriptor of one in base64. */
export function readProtobuf(given: string, references: readonly Referenced[]): ProtobufSchema {
  const described = textOfDescriptor(given)
  const text = described ?? given
  const file = readFile(text, references)
  return {
    text,
    identity: file.declarations,
    normal: sorted(JSON.parse(file.declarations)),
    file,
    serialized: described === undefined ? descriptorOf(file) : given,
    conflicts: writer => conflictsOf(file, (writer as ProtobufSchema).file),
  }
}
