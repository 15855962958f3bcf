import { PassThrough } from 'node:stream'
import type { RequestStatus } from '../../server/core/access-request.ts'
import type { Grant, Identity, Target } from '../../server/core/access.ts'
import type { Exit, JournalEvent, SessionEvent } from '../../server/core/audit/events.ts'
import type { ClientChannel, TargetChannel, Terminal } from '../../server/core/ports/channels.ts'
import type { Tape, TapeStream } from '../../server/core/ports/evidence.ts'
import type { Judgement } from '../../server/core/policy/judgement.ts'
import type { Policy } from '../../server/core/policy/policy.ts'
import type { Refusal } from '../../server/core/verdict.ts'
import type { Surroundings } from '../../server/session/surroundings.ts'
import type { ChannelRequest, ProgramRequest } from '../../server/session/visit.ts'
import { someKey } from './public-keys.ts'

/**
 * A world in memory for the session's own logic. Everything that happens is one line in `story`, in
 * order, so that a test can say what must come before what.
 */
export class MemoryWorld {
  readonly story: string[] = []
  readonly events: SessionEvent[] = []
  readonly journal: JournalEvent[] = []
  /** Each record a millisecond after the one before. */
  readonly taped: { stream: TapeStream; text: string; atMs: number }[] = []
  grants: Grant[] = [grantFor('agent-7')]
  targets: Target[] = [demoTarget]
  judgement: (line: string) => Partial<Judgement> = () => ({})
  /** What the program on the target does with its three streams. */
  program: (program: MemoryProgram) => void = program => program.exit({ status: 0 })
  readonly requests: RequestStatus[] = []
  /** What the agent entered in earlier sessions. */
  lines: readonly string[] = []
  failRecord: (event: JournalEvent) => Error | null = () => null
  policy: Policy = memoryPolicy
  failAppend: (event: SessionEvent) => Error | null = () => null
  /** What becomes of a write to a tape: a rejection, or a promise that never resolves. */
  keepTape: () => Promise<void> = async () => {}
  isGrantGood = true
  mayForward = true
  end: (refusal: Refusal) => void = () => {}

  readonly surroundings: Surroundings = {
    clock: { nowMs: () => 1_000_000, monotonicMs: () => 0 },
    judge: {
      judge: async line => {
        const text = new TextDecoder().decode(line)
        this.story.push(`judged ${text}`)
        return { ...allowed(text), ...this.judgement(text) }
      },
    },
    policies: { load: async () => ({ ok: true, value: this.policy }) },
    grants: { goodFor: async () => this.grants },
    targets: {
      find: async name => this.targets.find(target => target.name === name) ?? null,
      findByAddress: async () => null,
    },
    evidence: {
      open: async () => ({
        ok: true,
        value: {
          id: 'session-1',
          startedAtMs: 1_000_000,
          append: async event => this.#append(event),
          appendWhileGranted: async event =>
            this.isGrantGood
              ? { ok: true, value: this.#append(event) }
              : { ok: false, fault: { because: 'grant-revoked', reason: 'incident 4411' } },
          openTape: () => this.#tape(),
          close: async reason => void this.story.push(`closed: ${reason}`),
        },
      }),
    },
    endings: {
      watch: (_session, end) => {
        this.end = end
        return () => {}
      },
      mayForward: () => this.mayForward,
      isCertificateRevoked: () => false,
    },
    journal: {
      record: async event => {
        const failure = this.failRecord(event)
        if (failure !== null) throw failure
        this.story.push(`recorded ${event.kind}`)
        this.journal.push(event)
      },
    },
    counter: {
      pace: { burst: 20, everyMs: 2000 },
      grants: {
        list: async () =>
          this.grants.map(grant => ({
            ...grant,
            createdAtMs: grant.startsAtMs,
            revoked: null,
            liveSessions: 0,
          })),
      },
      requests: {
        make: async wish => {
          this.story.push(`asked for ${wish.target}`)
          const id = `request-${this.requests.length + 1}`
          const request = { ...wish, id, madeAtMs: 1_000_000, answer: null }
          this.requests.push(request)
          return { ok: true, value: request }
        },
        find: async id => this.requests.find(request => request.id === id) ?? null,
      },
    },
    targetward: {
      dial: async target => {
        this.story.push(`dialled ${target.name}`)
        return {
          ok: true,
          value: {
            address: '127.0.0.1:22',
            hostKeyFingerprint: 'SHA256:host',
            version: 'SSH-2.0-memory',
            certificateSerial: null,
            closed: new Promise<string>(() => {}),
            close: () => void this.story.push('hung up on the target'),
            exec: async command => {
              this.story.push(`ran ${new TextDecoder().decode(command)}`)
              const program = new MemoryProgram(this.story)
              setImmediate(() => this.program(program))
              return program
            },
          },
        }
      },
    },
    lines: { recent: async () => this.lines },
    stdinRecordedBytes: 8,
    log: () => {},
    count: () => {},
  }

  #append(event: SessionEvent): number {
    const failure = this.failAppend(event)
    if (failure !== null) throw failure
    this.story.push(
      event.kind === 'command-decided' ? `wrote ${event.verdict}` : `wrote ${event.kind}`,
    )
    return this.events.push(event) - 1
  }

  #tape(): Tape {
    let newestMs = 0
    return {
      get atMs() {
        return newestMs
      },
      write: async (stream, bytes) => {
        newestMs += 1
        const atMs = newestMs
        await this.keepTape()
        const text = new TextDecoder().decode(bytes)
        this.story.push(`taped ${stream} ${text.trim()}`)
        this.taped.push({ stream, text, atMs })
      },
      resize: async (columns, rows) => void this.story.push(`taped size ${columns}×${rows}`),
      close: async () => {},
    }
  }
}

/** A program on the target whose streams the test holds. */
export class MemoryProgram implements TargetChannel {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly ended: Promise<Exit | null>
  #end: (exit: Exit | null) => void = () => {}
  readonly #story: string[]

  constructor(story: string[]) {
    this.#story = story
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  exit(exit: Exit | null): void {
    this.stdout.end()
    this.stderr.end()
    this.#end(exit)
  }

  signal(name: string): void {
    this.#story.push(`signalled ${name}`)
  }

  resize(): void {}

  endInput(): void {
    this.stdin.end()
  }

  close(): void {
    this.exit(null)
  }
}

/** An agent at the other end of one channel: what it was shown, and how its channel ended. */
export class MemoryAgent implements ClientChannel {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly gone: Promise<void>
  readonly request: ChannelRequest
  shown = ''
  told = ''
  exit: Exit | null | undefined
  hangUp: () => void = () => {}

  constructor(
    world: MemoryWorld,
    command: string,
    options: {
      program?: ProgramRequest
      terminal?: Terminal | null
      environment?: Map<string, Uint8Array>
    } = {},
  ) {
    this.gone = new Promise(resolve => {
      this.hangUp = resolve
    })
    this.stdout.on('data', (chunk: Buffer) => {
      world.story.push(`showed ${chunk.toString().trim()}`)
      this.shown += chunk.toString()
    })
    this.stderr.on('data', (chunk: Buffer) => {
      this.told += chunk.toString()
    })
    this.request = {
      program: options.program ?? { is: 'exec', command: new TextEncoder().encode(command) },
      terminal: options.terminal ?? null,
      environment: options.environment ?? new Map(),
      client: this,
      onSignal: () => {},
      onResize: () => {},
    }
  }

  async finish(exit: Exit | null): Promise<void> {
    this.exit ??= exit
  }
}

export const agentSeven: Identity = {
  agent: 'agent-7',
  task: null,
  onBehalfOf: null,
  keyId: 'agent-7#1',
  serial: 1n,
  key: someKey(1),
  ca: someKey(2),
  keyFingerprint: 'SHA256:key',
  caFingerprint: 'SHA256:ca',
  validBefore: 2_000n,
  forceCommand: null,
  permitPty: true,
}

export const xterm: Terminal = {
  term: 'xterm',
  columns: 80,
  rows: 24,
  widthPixels: 0,
  heightPixels: 0,
  modes: new Uint8Array(),
}

export const demoTarget: Target = {
  id: 'target-1',
  name: 'web',
  host: '127.0.0.1',
  port: 22,
  logins: ['deploy', 'root'],
  trust: { by: 'host-key', publicKey: 'ssh-ed25519 AAAA' },
  credential: { is: 'upstream-key' },
  shell: 'bash',
  tags: [],
  restricted: false,
}

export function grantFor(agent: string, over: Partial<Grant> = {}): Grant {
  return {
    id: 'grant-1',
    agent,
    task: 'T-1',
    target: 'web',
    login: 'deploy',
    policy: 'investigator',
    onBehalfOf: null,
    reason: 'a look around',
    createdBy: 'root',
    approvedBy: null,
    startsAtMs: 0,
    expiresAtMs: 2_000_000,
    maxSessions: null,
    ...over,
  }
}

const memoryPolicy = {
  name: 'investigator',
  digest: '00',
  text: '',
  unfiltered: false,
  mode: 'enforce',
} as Policy

function allowed(line: string): Judgement {
  return {
    verdict: 'allow',
    rule: 'look-around',
    reasons: [],
    commands: [],
    canonical: line,
    forward: line,
    input: 'none',
    inputLines: null,
    approval: null,
    observed: false,
    unfiltered: false,
  }
}
