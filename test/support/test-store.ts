import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Grant, Identity, Target } from '../../server/core/access.ts'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { Clock } from '../../server/core/ports/deciding.ts'
import type { SessionOpening, SessionRecord } from '../../server/core/ports/evidence.ts'
import type { Policy } from '../../server/core/policy/policy.ts'
import { createHash } from 'node:crypto'
import { defaultLimits } from '../../server/config/limits.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

export const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

/** A database and a state directory, and stores on them as often as a test likes. */
export class StoreBench {
  readonly home = mkdtempSync(join(tmpdir(), 'sallyport store-'))
  readonly log: string[] = []
  readonly #open: Store[] = []
  readonly database: TestDatabase

  static async create(): Promise<StoreBench> {
    return new StoreBench(await createTestDatabase())
  }

  private constructor(database: TestDatabase) {
    this.database = database
  }

  async open(options: { clock?: Clock; spoolBytes?: number; home?: string } = {}): Promise<Store> {
    const store = await openStore(
      {
        home: options.home ?? this.home,
        database: { url: this.database.url, directUrl: this.database.ownerUrl },
        limits: { ...defaultLimits, spoolBytes: options.spoolBytes ?? defaultLimits.spoolBytes },
      },
      {
        node: { version: '0.0.0-test', nativeCrypto: true },
        clock: options.clock ?? realClock,
        log: message => this.log.push(message),
      },
    )
    this.#open.push(store)
    return store
  }

  async close(store: Store, reason = 'test over'): Promise<void> {
    this.#open.splice(this.#open.indexOf(store), 1)
    await store.close(reason)
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(store => store.close('test over')))
    await this.database.drop()
    rmSync(this.home, { recursive: true, force: true })
  }
}

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
  keyFile: null,
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
    canonical: { text: line },
    forwarded: verdict === 'allow' ? 'canonical' : null,
    input: 'none',
    observed: false,
    unfiltered: false,
    workingDirectory: null,
  }
}
