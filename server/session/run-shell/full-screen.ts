import type { Exit } from '../../core/audit/events.ts'
import type { TargetChannel, Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import {
  FULL_SCREEN_TERMINAL,
  fullScreenNonce,
} from '../../core/shell/driver-protocol/full-screen.ts'
import type { DriverText } from '../../core/shell/driver-protocol/driver-text.ts'
import { readAgentTerminal } from '../../core/shell/driver-protocol/startup.ts'
import { untilClosed } from '../relay.ts'
import type { OutputTaker } from './agent-output.ts'
import type { Channels } from './channels.ts'
import { freshNonce, Questions } from './questions.ts'

const START_MS = 10_000

/** A program in a terminal of its own, with no shell behind it. */
export interface FullScreen {
  /** The terminal's name and the process that leads its session; null when that is not to be believed. */
  readonly place: { readonly terminal: string; readonly pid: number } | null
  readonly channel: TargetChannel
  /** Resolves when the program has ended and all it printed has been shown. */
  readonly ended: Promise<Exit | null>
}

/**
 * Q: opens the terminal, hands the script over, and resolves once the program is about to start. What
 * the terminal prints until then is the process that waits for the script, and is not shown.
 */
export async function openFullScreen(
  channels: Channels,
  script: DriverText,
  terminal: Terminal,
  environment: Readonly<Record<string, string>>,
  { relay, fail }: OutputTaker,
): Promise<Result<FullScreen, string>> {
  const opened = await channels.open(FULL_SCREEN_TERMINAL, terminal, environment)
  if (!opened.ok) return opened
  const channel = opened.value
  const reports = new Questions()
  const nonce = freshNonce()
  const waiting = reports.askWithin(START_MS, 'Q', nonce)
  const running = reports.askWithin(START_MS, 'R', nonce)
  const shown = follow(channel, reports, nonce, relay).catch(fail)
  channel.stdin.write(fullScreenNonce(nonce))
  const said = await waiting
  if (said !== null) channel.stdin.write(script)
  if ((await running) === null) {
    channel.close()
    return { ok: false, fault: 'it started no further terminal' }
  }
  const place = said === null ? null : readAgentTerminal(said)
  return { ok: true, value: { place, channel, ended: shown.then(() => channel.ended) } }
}

/** Everything before the second report is the waiting process and the echo of what it was told. */
async function follow(
  channel: TargetChannel,
  reports: Questions,
  nonce: string,
  relay: OutputTaker['relay'],
): Promise<void> {
  channel.stderr.resume()
  const end = new TextEncoder().encode(`\x1eR${nonce}\x1f${nonce}\x1e`)
  let before: Buffer | null = Buffer.alloc(0)
  try {
    for await (const chunk of untilClosed(channel.stdout)) {
      if (before === null) {
        await relay(chunk)
        continue
      }
      reports.hear(chunk)
      before = Buffer.concat([before, chunk])
      const at = before.indexOf(end)
      if (at === -1) {
        before = before.subarray(-BEGINNING_BYTES)
        continue
      }
      const rest = before.subarray(at + end.length)
      before = null
      if (rest.length > 0) await relay(rest)
    }
  } finally {
    reports.abandon()
  }
}

/** Longer than the report that is looked for. */
const BEGINNING_BYTES = 128
