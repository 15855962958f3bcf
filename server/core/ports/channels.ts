/** The two sides that a session stands between. `ssh` keeps these promises. */
import type { Readable, Writable } from 'node:stream'
import type { Target } from '../access.ts'
import type { Exit } from '../audit/events.ts'
import type { Result } from '../result.ts'

/** The agent's side of one channel. */
export interface ClientChannel {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** Flushes both outputs, then sends exit status or signal, EOF and CLOSE (RFC 4254 §6.10), in this order. */
  finish(exit: Exit | null): Promise<void>
  /** Resolves when the agent closed the channel or its connection is gone. */
  readonly gone: Promise<void>
}

export interface Terminal {
  readonly term: string
  readonly columns: number
  readonly rows: number
  readonly widthPixels: number
  readonly heightPixels: number
  /** Encoded terminal modes (RFC 4254 §8), as the client sent them. */
  readonly modes: Uint8Array
}

/** One program on the target. */
export interface TargetChannel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves when the channel is closed, with what the target said about the end. */
  readonly ended: Promise<Exit | null>
  signal(name: string): void
  resize(columns: number, rows: number, widthPixels: number, heightPixels: number): void
  /** Sends EOF on standard input after what was written. */
  endInput(): void
  close(): void
}

/** A live connection to a target whose host key was found to be the pinned one. */
export interface TargetConnection {
  readonly address: string
  readonly hostKeyFingerprint: string
  readonly version: string
  /** `command` is sent byte for byte. */
  exec(
    command: Uint8Array,
    options: { terminal: Terminal | null; environment: Readonly<Record<string, string>> },
  ): Promise<TargetChannel>
  readonly closed: Promise<string>
  close(): void
}

export interface TargetDialFault {
  readonly fault: string
  /** The fingerprint that was presented, when the host key was the fault. */
  readonly hostKeyFingerprint: string | null
}

export interface Targetward {
  dial(target: Target, login: string): Promise<Result<TargetConnection, TargetDialFault>>
}
