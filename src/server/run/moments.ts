import { MOMENT, type Conjunct } from '../scans/conditions.ts'
import type { PlanScans } from '../scans/plan-tree.ts'
import { Fields, framesIn } from '../wire/frames.ts'
import { request } from '../wire/messages.ts'
import { bufferOf, runUnit, type RunContext } from './analysis.ts'

/**
 * The plan with lower bounds such as `now() - interval '1 hour'` as constants. Upper bounds are not replaced, since the statement is
 * evaluated at a later time.
 */
export async function withMoments(plan: PlanScans, context: RunContext): Promise<PlanScans> {
  const isMoment = (c: Conjunct): c is Extract<Conjunct, { kind: 'compare' }> =>
    c.kind === 'compare' && c.op.startsWith('>') && c.value.type === MOMENT
  const texts = [...new Set(plan.scans.flatMap(s => s.filters.filter(isMoment).map(c => c.value.text)))]
  if (texts.length === 0) return plan
  const query = `SELECT ${texts.map(text => `(${text})::timestamptz::text`).join(', ')}`
  const { outputs } = await runUnit([request.query(query)], context)
  const values = valuesIn(bufferOf(outputs[0]!))
  const known = new Map(texts.map((text, i) => [text, values[i]] as const))
  return {
    ...plan,
    scans: plan.scans.map(scan => ({
      ...scan,
      filters: scan.filters.map(c => {
        const text = isMoment(c) ? known.get(c.value.text) : undefined
        return isMoment(c) && text !== undefined
          ? { ...c, value: { text, type: 'timestamp with time zone' } }
          : c
      }),
    })),
  }
}

/** The values of the only row; none if the query failed, as its bounds are then not sent. */
function valuesIn(output: Buffer): string[] {
  for (const { type, body } of framesIn(output)) {
    if (type !== 'D') continue
    const fields = new Fields(body)
    return Array.from({ length: fields.count() }, () => {
      const length = fields.int32()
      return length < 0 ? '' : fields.bytes(length).toString('utf8')
    })
  }
  return []
}
