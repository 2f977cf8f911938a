import type { Service } from '../service.ts'
import type { Answer, Arguments, Call } from '../tool.ts'

/** Rows of a query without a limit of its own. */
export const USUAL_ROWS = 50

/** query: the rows of a statement that only reads. */
export function query(service: Service, { sql, limit }: Arguments, call: Call): Promise<Answer> {
  const rows = Math.min(Number(limit ?? USUAL_ROWS), service.maxRows)
  return service.engines.run({ kind: 'query', sql: String(sql), limits: service.limits(rows) }, call)
}

/** explain: the requests that a statement would send, what the API evaluates, and what is evaluated here. Sends none. */
export function explain(service: Service, { sql }: Arguments, call: Call): Promise<Answer> {
  const limits = service.limits(service.maxRows)
  return service.engines.run({ kind: 'explain', sql: String(sql), limits }, call)
}
