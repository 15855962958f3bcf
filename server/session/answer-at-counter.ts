import type { Identity } from '../core/access.ts'
import {
  complaint,
  type CounterAnswer,
  grantsAnswer,
  requestedAnswer,
  statusAnswer,
  whoamiAnswer,
} from '../core/counter/answers.ts'
import { type CounterCommand, COUNTER_USAGE } from '../core/counter/command.ts'
import type { Wish } from '../core/counter/wish.ts'
import { explain } from '../core/verdict.ts'
import type { Surroundings } from './surroundings.ts'

/** Who asks, and from where. */
export interface Asker {
  readonly identity: Identity
  readonly clientAddress: string
}

/** Carries out what an agent asked at the counter; the question has been written down. */
export async function answerAtCounter(
  command: CounterCommand,
  asker: Asker,
  around: Surroundings,
): Promise<CounterAnswer> {
  const { clock, counter } = around
  const { identity } = asker
  const now = clock.nowMs()
  switch (command.is) {
    case 'help':
      return { status: 0, out: `usage: ${COUNTER_USAGE}\n`, remark: '' }
    case 'whoami':
      return whoamiAnswer(identity, command.json, now)
    case 'grants': {
      const grants = await counter.grants.list({ agent: identity.agent, all: false })
      return grantsAnswer(grants, identity, command.json, now)
    }
    case 'request':
      return makeRequest(command.wish, command.json, asker, around)
    case 'status': {
      const request = await counter.requests.find(command.id)
      // Somebody else's is none of this agent's business, not even that it is there.
      return request?.agent === identity.agent
        ? statusAnswer(request, command.json, now)
        : complaint(1, `you made no request ${JSON.stringify(command.id.slice(0, 40))}`)
    }
  }
}

async function makeRequest(
  wish: Wish,
  json: boolean,
  { clientAddress, identity }: Asker,
  { clock, counter, targets }: Surroundings,
): Promise<CounterAnswer> {
  const { agent, keyId, onBehalfOf } = identity
  const task = wish.task ?? identity.task
  if (task === null) return complaint(2, '--task is missing, and your certificate names none')
  const target = await targets.find(wish.target)
  if (target === null) {
    return complaint(1, explain({ because: 'unknown-target', target: wish.target }).toAgent)
  }
  if (wish.login !== null && !target.logins.includes(wish.login)) {
    const sentence = `${target.name} has no login ${wish.login}; leave --login out and whoever answers chooses`
    return complaint(1, sentence)
  }
  const made = await counter.requests.make({
    ...wish,
    task,
    agent,
    onBehalfOf,
    keyId,
    clientAddress,
  })
  if (made.ok) return requestedAnswer(made.value, json, clock.nowMs())
  return complaint(
    1,
    made.fault === 'too-many-of-agent'
      ? 'as many of your requests wait for an answer as may; ask again when one is answered'
      : 'as many requests wait for an answer as may; tell an administrator (sallyport request list)',
  )
}
