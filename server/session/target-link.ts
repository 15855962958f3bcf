import type { Grant, Target } from '../core/access.ts'
import type { TargetConnection } from '../core/ports/channels.ts'
import type { SessionRecord } from '../core/ports/evidence.ts'
import type { Result } from '../core/result.ts'
import type { Refusal } from '../core/verdict.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * A session's one connection to its target, opened when the first allowed command needs it and shared
 * by all channels. Invariant: after `close` no connection is open and none will be.
 */
export class TargetLink {
  readonly #target: Target
  readonly #grant: Grant
  readonly #record: SessionRecord
  readonly #around: Surroundings
  #connecting: Promise<Result<TargetConnection, Refusal>> | null = null
  #isClosed = false

  constructor(target: Target, grant: Grant, record: SessionRecord, around: Surroundings) {
    this.#target = target
    this.#grant = grant
    this.#record = record
    this.#around = around
  }

  /** The live connection, or a new one: a target that failed or went away may be up again. */
  connection(): Promise<Result<TargetConnection, Refusal>> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      // Passed on: the channel that asked ends its session. Forgotten: it is no connection to share.
      this.#connecting = null
      throw error
    })
    return this.#connecting
  }

  close(): void {
    this.#isClosed = true
    // What failed was told to whoever asked for the connection; here there is nothing to close then.
    this.#connecting?.then(
      link => {
        if (link.ok) link.value.close()
      },
      () => undefined,
    )
  }

  async #connect(): Promise<Result<TargetConnection, Refusal>> {
    const { agent, login, task } = this.#grant
    const errand = { agent, task, session: this.#record.id }
    const dialled = await this.#around.targetward.dial(this.#target, login, errand)
    if (!dialled.ok) {
      this.#connecting = null
      const { fault, hostKeyFingerprint } = dialled.fault
      await this.#record.append({ kind: 'target-failed', fault, hostKey: hostKeyFingerprint })
      this.#around.log(`target ${this.#target.name}: ${fault}`, { session: this.#record.id })
      return {
        ok: false,
        fault: { because: 'target-unreachable', target: this.#target.name, fault },
      }
    }
    const connection = dialled.value
    if (this.#isClosed) connection.close()
    void connection.closed.then(fault => {
      this.#connecting = null
      if (!this.#isClosed) return this.#recordLost(fault)
      return undefined
    })
    await this.#record.append({
      kind: 'target-connected',
      address: connection.address,
      hostKey: connection.hostKeyFingerprint,
      version: connection.version,
      ...(connection.certificateSerial === null
        ? {}
        : { certificate: String(connection.certificateSerial) }),
    })
    return { ok: true, value: connection }
  }

  async #recordLost(fault: string): Promise<void> {
    this.#around.log(`target ${this.#target.name}: connection lost: ${fault}`, {
      session: this.#record.id,
    })
    try {
      await this.#record.append({ kind: 'target-failed', fault, hostKey: null })
    } catch (error) {
      // The session ends with the next thing that cannot be written down; this was nobody's request.
      this.#around.log(`not written down: ${String(error)}`, { session: this.#record.id })
    }
  }
}
