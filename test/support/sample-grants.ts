import { createHash } from 'node:crypto'
import type { Grant, Identity, Target } from '../../server/core/access.ts'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { Clock } from '../../server/core/ports/deciding.ts'
import type { SessionOpening, SessionRecord } from '../../server/core/ports/evidence.ts'
import type { Policy } from '../../server/core/policy/policy.ts'
import type { Store } from '../../server/store/store.ts'
import { someKey } from './public-keys.ts'

export const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

const text = 'version: 1\n'

export const testPolicy = {
  name: 'investigator',
  text,
  digest: createHash('sha256').update(text).digest('hex'),
} as Policy

export const testIdentity: Identity = {
  agent: 'agent-7',
  task: 'ticket-1',
  onBehalfOf: null,
  keyId: 'agent-7 ticket-1',
  serial: 4711n,
  key: someKey(1),
  ca: someKey(2),
  keyFingerprint: 'SHA256:key',
  caFingerprint: 'SHA256:ca',
  validBefore: 0xffffffffffffffffn,
  forceCommand: null,
  permitPty: true,
}

export const testTarget: Target = {
  id: '01900000-0000-7000-8000-000000000001',
  name: 'web-1',
  host: '127.0.0.1',
  port: 22,
  logins: ['deploy'],
  trust: { by: 'host-key', publicKey: 'ssh-ed25519 AAAA' },
  credential: { is: 'upstream-key' },
  shell: 'bash',
  tags: [],
  restricted: false,
}

export function grantFor(store: Pick<Store, 'grants'>, more: Partial<Grant> = {}): Promise<Grant> {
  return store.grants.create(
    {
      agent: 'agent-7',
      task: 'ticket-1',
      target: 'web-1',
      login: 'deploy',
      policy: 'investigator',
      onBehalfOf: 'alice',
      reason: 'incident 4411',
      approvedBy: null,
      startsAtMs: Date.now() - 1000,
      expiresAtMs: Date.now() + 3600_000,
      maxSessions: null,
      ...more,
    },
    'root',
  )
}

export function openingUnder(grant: Grant, identity: Identity = testIdentity): SessionOpening {
  return {
    identity,
    grant,
    target: testTarget,
    policy: testPolicy,
    unfiltered: false,
    observed: false,
    client: { address: '127.0.0.1', version: 'SSH-2.0-test' },
  }
}

export async function openSession(
  store: Store,
  grant?: Grant,
  identity?: Identity,
): Promise<SessionRecord> {
  const opened = await store.evidence.open(openingUnder(grant ?? (await grantFor(store)), identity))
  if (!opened.ok) throw new Error(opened.fault.because)
  return opened.value
}

export function decision(line: string, verdict: 'allow' | 'deny' = 'allow'): SessionEvent {
  return {
    kind: 'command-decided',
    channel: 0,
    form: 'exec',
    terminal: false,
    line: { text: line },
    forced: null,
    verdict,
    rule: verdict === 'allow' ? 'look' : 'default',
    reasons: [],
    commands: [],
    canonical: line,
    forwarded: verdict === 'allow' ? { text: line } : null,
    input: 'none',
    observed: false,
    unfiltered: false,
    workingDirectory: null,
  }
}
