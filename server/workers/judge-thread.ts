/** The judge's own thread: one question at a time, answered in full before the next is taken. */
import { parentPort } from 'node:worker_threads'
import { judge } from '../core/policy/judge.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Answer, Question, Ready } from './judge-messages.ts'

const port = parentPort
if (port === null) throw new Error('judge-thread runs as a worker thread only')

const policies = new Map<number, Policy>()

port.on('message', (question: Question) => port.postMessage(answer(question)))
port.postMessage({ ready: true } satisfies Ready)

function answer({ line, context, policyKey, policy, forgetPolicies }: Question): Answer {
  try {
    if (forgetPolicies) policies.clear()
    if (policy !== null) policies.set(policyKey, policy)
    const known = policies.get(policyKey)
    if (known === undefined) return { fault: `policy ${policyKey} was never sent` }
    return { judgement: judge(line, { ...context, policy: known }) }
  } catch (error) {
    // A bug of ours met by one line: that line is refused, the thread goes on with the others.
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
