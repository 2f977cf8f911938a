import { Evaluator } from '../../server/evaluate/evaluator.ts'
import type { ToEvaluator } from '../../server/evaluate/protocol.ts'

/* The process that evaluates for `confluentql serve`; src/server/evaluate/evaluators.ts starts it. */

const evaluator = new Evaluator(message => {
  // the exit of a server that does not read any more is handled below
  process.send?.(message, () => {})
})
process.on('message', message => evaluator.receive(message as ToEvaluator))
process.on('disconnect', () => process.exit())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
