import type { TargetChannel, TargetConnection, Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import { explain, type Refusal } from '../../core/verdict.ts'
import type { OpenSession } from '../open-session.ts'
import type { Surroundings } from '../surroundings.ts'
import { TargetLink } from '../target-link.ts'

/** A session's own connection and one for each of the four channels, where a target allows one a connection. */
const CONNECTIONS_MOST = 4

/**
 * Opens the channels of one interactive session. Where sshd opens no more on a connection (MaxSessions),
 * the next one goes over a further connection. Invariant: after `close` none of them is open.
 */
export class Channels {
  readonly #session: OpenSession
  readonly #around: Surroundings
  readonly #further: TargetLink[] = []
  readonly #open = new Set<TargetChannel>()
  readonly #watched = new WeakSet<TargetConnection>()
  #isClosed = false
  #lost: (fault: string) => void = () => {}
  /** Resolves with the reason when a connection of the session's is gone and the bastion did not close it. */
  readonly lost: Promise<string>
  /** Why there is no connection, when there was none to be had. */
  unreachable: Refusal | null = null

  constructor(session: OpenSession, around: Surroundings) {
    this.#session = session
    this.#around = around
    this.lost = new Promise(resolve => {
      this.#lost = resolve
    })
  }

  /** Opens a channel with a command; the fault is the target's own word. */
  async open(
    command: string,
    terminal: Terminal | null,
    environment: Readonly<Record<string, string>>,
  ): Promise<Result<TargetChannel, string>> {
    let fault = 'no connection'
    for (let at = 0; at < CONNECTIONS_MOST && !this.#isClosed; at += 1) {
      // One after the other: a further connection is made only when the one before is full.
      // oxlint-disable-next-line no-await-in-loop
      const connection = await this.#connection(at)
      if (!connection.ok) {
        this.unreachable = connection.fault
        return { ok: false, fault: explain(connection.fault).toAgent }
      }
      this.#watch(connection.value)
      // oxlint-disable-next-line no-await-in-loop
      const opened = await openOn(connection.value, command, terminal, environment)
      if (opened.ok) return { ok: true, value: this.#keep(opened.value) }
      fault = opened.fault
    }
    return { ok: false, fault }
  }

  /** Closes what is open; more can be opened. */
  clear(): void {
    for (const channel of this.#open) channel.close()
  }

  close(): void {
    this.#isClosed = true
    this.clear()
    for (const link of this.#further) link.close()
  }

  #watch(connection: TargetConnection): void {
    if (this.#watched.has(connection)) return
    this.#watched.add(connection)
    void connection.closed.then(fault => this.#lost(fault))
  }

  #connection(at: number): ReturnType<OpenSession['connection']> {
    if (at === 0) return this.#session.connection()
    const { target, grant, record } = this.#session
    this.#further[at - 1] ??= new TargetLink(target, grant, record, this.#around)
    return (this.#further[at - 1] as TargetLink).connection()
  }

  #keep(channel: TargetChannel): TargetChannel {
    this.#open.add(channel)
    void channel.ended.then(() => this.#open.delete(channel))
    if (this.#isClosed) channel.close()
    return channel
  }
}

async function openOn(
  connection: TargetConnection,
  command: string,
  terminal: Terminal | null,
  environment: Readonly<Record<string, string>>,
): Promise<Result<TargetChannel, string>> {
  try {
    const bytes = new TextEncoder().encode(command)
    return { ok: true, value: await connection.exec(bytes, { terminal, environment }) }
  } catch (error) {
    // The target's refusal of one channel is an answer; another connection may do.
    return { ok: false, fault: error instanceof Error ? error.message : String(error) }
  }
}
