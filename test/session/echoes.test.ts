import { describe, expect, it } from 'vitest'
import { harness, rowsOf } from './support.ts'

const { open } = harness()
const R = 'confluent.schema_registry'

/** Methods whose own columns have an echo that is data elsewhere in the resource: several calls must keep the rows of each. */
describe('several calls of a method with columns of its own', () => {
  it('keep their rows in a join', async () => {
    const subjects = await rowsOf(open(), `SELECT subject FROM ${R}.subjects ORDER BY 1`)
    const joined = await rowsOf(open(), `SELECT DISTINCT v.subject FROM ${R}.subjects s JOIN ${R}.versions v ON v.subject = s.subject ORDER BY 1`)
    expect(joined).toEqual(subjects)
    expect(joined.length).toBeGreaterThan(2)
  })

  it('keep their rows in a list', async () => {
    const one = async (id: number) => await rowsOf(open(), `SELECT id, schema FROM ${R}.schemas WHERE id = ${id}`)
    const [[first], [second]] = await rowsOf(open(), `SELECT DISTINCT id FROM ${R}.schemas ORDER BY 1 LIMIT 2`) as [number[], number[]]
    const both = await rowsOf(open(), `SELECT id, schema FROM ${R}.schemas WHERE id IN (${first}, ${second}) ORDER BY 1`)
    expect(both).toEqual([...await one(first!), ...await one(second!)])
    expect(both).toHaveLength(2)
  })
})
