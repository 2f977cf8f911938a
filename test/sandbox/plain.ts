import { expect } from 'vitest'
import { askAt, keyOf, type Real } from './support.ts'

// Rows are whatever the API answers.
// oxlint-disable-next-line typescript/no-explicit-any
export type Row = any

/** A sandbox read by plain HTTP, without any of our own client. */
export interface Plain {
  /** All rows of a paged list. */
  listed(path: string): Promise<Row[]>
  environments(): Promise<Row[]>
  /** Kafka clusters of every environment. */
  clusters(): Promise<Row[]>
  /** The rows of a list of each environment; `{id}` in the path is its id. */
  inEnvironments(path: string): Promise<Row[]>
  /** Rows of a list of every Kafka cluster that is there. */
  onClusters(path: string): Promise<Row[]>
  /** All role bindings of the organization. */
  bindings(): Promise<Row[]>
}

export function plainApi({ ask, data }: Pick<Real, 'ask' | 'data'>): Plain {
  const listed = async (path: string): Promise<Row[]> => {
    const rows: Row[] = []
    for (let token = ''; ;) {
      const page = `page_size=100${token === '' ? '' : `&page_token=${token}`}`
      const { status, body } = await ask(`GET ${path}${path.includes('?') ? '&' : '?'}${page}`)
      expect(status).toBe(200)
      rows.push(...body.data)
      if (!body.metadata.next) return rows
      token = new URL(body.metadata.next).searchParams.get('page_token') ?? ''
    }
  }
  const environments = (): Promise<Row[]> => listed('/org/v2/environments')
  const inEnvironments = async (path: string): Promise<Row[]> =>
    (await Promise.all((await environments()).map(({ id }) => listed(path.replace('{id}', id))))).flat()
  const clusters = (): Promise<Row[]> => inEnvironments('/cmk/v2/clusters?environment={id}')
  return {
    listed,
    environments,
    inEnvironments,
    clusters,
    onClusters: async path => {
      const there = (await clusters()).filter(({ status }) => status.phase === 'PROVISIONED')
      const answers = await Promise.all(
        there.map(({ id, spec }) =>
          askAt(spec.http_endpoint, `GET /kafka/v3/clusters/${id}${path}`, undefined, {
            Authorization: keyOf(data(), 'kafka.cluster', id),
          }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(there.map(() => 200))
      return answers.flatMap(({ body }) => body.data)
    },
    bindings: async () => {
      const [organization] = await listed('/org/v2/organizations')
      return listed(
        `/iam/v2/role-bindings?crn_pattern=${encodeURIComponent(`${organization.metadata.resource_name}/*`)}`,
      )
    },
  }
}
