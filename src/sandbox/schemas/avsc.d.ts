// the part of avsc that reads schemas: its other parts read files and call services
declare module 'avsc/lib/types.js' {
  import type { Schema, Type } from 'avsc'
  export type { Schema, Type }
  const types: { readonly Type: typeof Type }
  export default types
}
