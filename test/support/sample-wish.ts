import type { AccessRequest } from '../../server/core/access-request.ts'

type Wish = Omit<AccessRequest, 'id' | 'madeAtMs'>

/** What an agent might ask for at the counter. */
export function sampleWish(more: Partial<Wish> = {}): Wish {
  return {
    agent: 'agent-7',
    task: 'ticket-1',
    onBehalfOf: null,
    target: 'web-1',
    login: null,
    policy: null,
    forMs: 3_600_000,
    reason: 'logins are slow',
    keyId: 'agent-7/ticket-1#4711',
    clientAddress: '127.0.0.1',
    ...more,
  }
}
