import type { AcceptedSource } from './format.ts'

/** A difference from OpenAPI documents that a provider file accepts; in its texts `*` stands for any characters. */
export interface Accepted extends AcceptedSource {
  readonly provider: string
  /** Absent: it stands in provider.yaml, and holds for all services. */
  readonly service?: string
}
