import { Evaluator } from '../../server/evaluate/evaluator.ts'
import type { ToEvaluator } from '../../server/evaluate/protocol.ts'
import { attend, sendToParent } from '../hosted.ts'

/* The process that evaluates for `confluentql serve`; src/server/evaluate/evaluators.ts starts it. */

const evaluator = new Evaluator(sendToParent)
attend((message: ToEvaluator) => evaluator.receive(message))
