/** Sessions as the store keeps them, made by hand: what the browser part's tests read and play. */
import { createHash } from 'node:crypto'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { SeenCommand } from '../../server/core/policy/judgement.ts'
import type { SessionSummary, StoredChunk, StoredEvent } from '../../server/core/ports/archive.ts'

export interface RecordedSession {
  readonly summary: SessionSummary
  readonly events: readonly StoredEvent[]
  readonly chunks: readonly (StoredChunk & { readonly text: string })[]
}

export interface RecordedCommand {
  readonly line: string
  readonly atMs: number
  readonly verdict?: 'allow' | 'ask' | 'deny'
  readonly rule?: string
  readonly reason?: string
  readonly canonical?: string
  readonly commands?: readonly SeenCommand[]
  readonly exit?: number
  /** What it printed, with the milliseconds since the session's start. */
  readonly output?: readonly (readonly [atMs: number, text: string])[]
  /** Columns and rows when it ran in a terminal. */
  readonly terminal?: readonly [columns: number, rows: number]
}

export const START_MS = Date.UTC(2026, 6, 3, 3, 12, 41)

/** One exec channel a command, as an agent's `ssh host 'command'` calls over one connection make them. */
export function recordSession(
  id: string,
  commands: readonly RecordedCommand[],
  about: Partial<SessionSummary> = {},
): RecordedSession {
  const startedAtMs = about.startedAtMs ?? START_MS
  const events: StoredEvent[] = []
  const chunks: (StoredChunk & { text: string })[] = []
  const say = (atMs: number, event: SessionEvent): number => {
    events.push({ seq: events.length, atMs: startedAtMs + atMs, event })
    return events.length - 1
  }
  const summary: SessionSummary = {
    id,
    agent: 'agent-7',
    task: 'inc-4411',
    onBehalfOf: 'dana@example.com',
    target: 'web-01',
    login: 'deploy',
    grant: '0198a2b0-0000-7000-8000-000000000001',
    policy: 'investigator',
    policyDigest: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
    node: 'node-a',
    clientAddress: '10.1.2.3',
    startedAtMs,
    endedAtMs: startedAtMs + Math.max(1000, ...commands.map(lastMs)) + 200,
    endReason: 'the agent left',
    allowed: commands.filter(({ verdict }) => (verdict ?? 'allow') === 'allow').length,
    denied: commands.filter(({ verdict }) => (verdict ?? 'allow') !== 'allow').length,
    unfiltered: false,
    headline: headlineOf(commands),
    ...about,
  }
  say(0, opened(summary))
  say(20, {
    kind: 'target-connected',
    address: '192.0.2.10:22',
    hostKey: 'SHA256:hk',
    version: 'SSH-2.0-OpenSSH_9.2',
  })
  for (const [channel, command] of commands.entries()) {
    recordCommand(channel, command, summary.unfiltered, say, chunks)
  }
  return { summary, events, chunks }
}

function recordCommand(
  channel: number,
  command: RecordedCommand,
  unfiltered: boolean,
  say: (atMs: number, event: SessionEvent) => number,
  chunks: (StoredChunk & { text: string })[],
): void {
  const { line, atMs, verdict = 'allow', rule = 'look-around', reason, exit = 0 } = command
  const size = command.terminal
  const terminal =
    size === undefined ? null : { term: 'xterm-256color', columns: size[0], rows: size[1] }
  const canonical = command.canonical ?? line
  say(atMs - 5, { kind: 'channel-opened', channel, terminal })
  const decision = say(atMs, {
    kind: 'command-decided',
    channel,
    form: 'exec',
    terminal: terminal !== null,
    line: { text: line },
    forced: null,
    verdict,
    rule,
    reasons: reason === undefined ? [] : [{ code: rule, text: reason, at: '' }],
    commands: command.commands ?? [],
    canonical,
    forwarded: verdict === 'allow' ? { text: canonical } : null,
    input: 'none',
    observed: false,
    unfiltered,
    workingDirectory: null,
  })
  if (verdict !== 'allow') return
  const output = command.output ?? []
  if (output.length > 0) chunks.push(chunkOf(chunks.length, channel, output, size))
  const toMs = lastMs(command)
  say(toMs + 2, {
    kind: 'command-ended',
    channel,
    decision,
    exit: { status: exit },
    fault: null,
    durationMs: toMs - atMs,
    workingDirectory: null,
    stdin: { bytes: 0, sha256: '', recordedBytes: 0 },
    stdout: { bytes: output.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0) },
    stderr: { bytes: 0 },
    recording: { fromMs: atMs, toMs },
  })
}

function chunkOf(
  chunk: number,
  channel: number,
  output: readonly (readonly [number, string])[],
  size: readonly [number, number] | undefined,
): StoredChunk & { text: string } {
  const header = { version: 2, width: size?.[0] ?? 80, height: size?.[1] ?? 24 }
  const lines = [header, ...output.map(([atMs, text]) => [atMs / 1000, 'o', text])]
  const text = lines.map(line => `${JSON.stringify(line)}\n`).join('')
  return {
    chunk,
    channel,
    fromMs: output[0]?.[0] ?? 0,
    toMs: output.at(-1)?.[0] ?? 0,
    offset: 0,
    length: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
  }
}

const lastMs = ({ atMs, output }: RecordedCommand): number => (output?.at(-1)?.[0] ?? atMs) + 10

function opened(summary: SessionSummary): SessionEvent {
  return {
    kind: 'session-opened',
    agent: summary.agent,
    task: summary.task,
    onBehalfOf: summary.onBehalfOf,
    grant: summary.grant,
    target: summary.target,
    login: summary.login,
    policy: {
      name: summary.policy,
      digest: summary.policyDigest,
      unfiltered: summary.unfiltered,
      observed: false,
    },
    certificate: {
      keyId: `${summary.agent}/${summary.task}/41`,
      serial: '41',
      key: 'SHA256:agentkey',
      ca: 'SHA256:ca',
      validBefore: '2026-07-03T03:27:00Z',
    },
    client: { address: summary.clientAddress, version: 'SSH-2.0-OpenSSH_9.2p1' },
    node: summary.node,
    nativeCrypto: true,
  }
}

/** As the store chooses it. */
function headlineOf(commands: readonly RecordedCommand[]): SessionSummary['headline'] {
  const denied = commands.find(({ verdict }) => (verdict ?? 'allow') !== 'allow')
  const line = (denied ?? commands[0])?.line
  return line === undefined ? null : { text: line }
}
