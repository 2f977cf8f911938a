import { PROFILE } from '../../catalog/profiles.ts'
import { ConfluentqlError } from '../../errors.ts'
import { encodeJson } from '../../http/requests/body.ts'
import type { Call, RequestPreview } from '../../http/types.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { MASK, maskUrl } from '../../secrets.ts'
import type { Prepared } from './body.ts'
import { maskedCall } from './row-failures.ts'
import type { ScanContext } from '../scans/scan-calls.ts'

/**
 * Asks for approval of the prepared calls of a change, if there is an `approve`. The values of a change are read with their
 * secrets, so the requests to be shown are made of rows that are read again, with masks.
 * @throws ConfluentqlError ABORTED if it is refused, or if the rows changed between both readings
 */
export async function approveCalls(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  context: ScanContext,
  {
    callOf,
    preview,
  }: {
    readonly callOf: (prepared: Prepared) => Call
    /** Reads the rows with their secrets masked, and makes the requests. */
    readonly preview: () => Promise<readonly RequestPreview[]>
  },
): Promise<void> {
  const { approve, client } = context
  if (!approve) return
  const own = prepared.map(p => {
    const { url, ...rest } = client.preview(callOf(maskedCall(plan, p)))
    return { ...rest, url: maskUrl(url) }
  })
  const shown = plan.each.scans.length === 0 ? own : await preview()
  if (shown.length !== own.length || shown.some((request, i) => !agrees(request, own[i]!)))
    throw new ConfluentqlError('ABORTED', 'the rows changed while the change was planned; nothing was sent')
  const requests = prepared.map((p, i) => ({
    identity: encodeJson([client.preview(callOf(p)), p.args, p.body ?? null]),
    ...(p.args[PROFILE] && { profile: String(p.args[PROFILE][0]) }),
    shown: shown[i]!,
  }))
  if (await approve(requests)) return
  throw new ConfluentqlError('ABORTED', 'nothing was sent')
}

/** Whether two previews are of the same request, of which the first may have more masks. */
function agrees(masked: RequestPreview, { method, url, body = '' }: RequestPreview): boolean {
  return masked.method === method && covers(masked.url, url) && covers(masked.body ?? '', body)
}

/** Whether a text is another one in which parts may be replaced by masks. */
function covers(masked: string, text: string): boolean {
  const [first = '', ...others] = masked.split(MASK)
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
