import { hasRecord } from '../../registry/record.ts'
import { removeProvider } from '../../registry/store.ts'
import type { CliOptions } from '../args/options.ts'
import type { World } from '../world.ts'

/** `confluentql provider ACTION`: runs the action and returns the exit status. */
export async function provider(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  const [action, ...operands] = options.operands
  const [first] = operands
  switch (action) {
    case 'add':
      return (await import('./add.ts')).add(first!, options, world, signal)
    case 'list':
      return (await import('./list.ts')).list(options, world)
    case 'remove':
      return remove(first!, options, world)
    case 'update':
      return (await import('./update.ts')).update(first, options, world, signal)
    case 'check':
      return (await import('./check.ts')).check(first!, options, world, signal)
    case 'docs':
      return (await import('./docs.ts')).docs(first!, operands[1]!, options, world)
    default:
      return (await import('../drift/drift.ts')).drift(operands, options, world)
  }
}

async function remove(name: string, { quiet }: CliOptions, { env, stderr }: World): Promise<number> {
  const known = name.toLowerCase()
  // one that cannot be read can be removed
  if (!hasRecord(env, known)) (await import('./update.ts')).addedProvider(name, env)
  await removeProvider(env, known)
  if (!quiet) stderr.write(`removed ${known}\n`)
  return 0
}
