/** The two sides that a session stands between. `ssh` keeps these promises. */
import type { Readable, Writable } from 'node:stream'
import type { Errand, Target } from '../access.ts'
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
  /** Of the certificate the bastion logged in with; null where it was a plain key. */
  readonly certificateSerial: bigint | null
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
  dial(
    target: Target,
    login: string,
    errand: Errand,
  ): Promise<Result<TargetConnection, TargetDialFault>>
}

/** A certificate for one login and the key in it, which nobody else ever has. */
export interface LoginCertificate {
  /** The public key algorithm name for the request (RFC 4252 §7). */
  readonly algorithm: string
  readonly blob: Uint8Array
  readonly serial: bigint
  /** Of what RFC 4252 §7 has the client sign, a whole signature blob. */
  sign(bytes: Uint8Array): Uint8Array
}

/**
 * The keys a target may let us in with, the preferred one first. Targets in FIPS mode take no ed25519;
 * some sites allow nothing but RSA (sshd's PubkeyAcceptedAlgorithms).
 */
export const LOGIN_KEY_KINDS = ['ed25519', 'ecdsa', 'rsa'] as const
export type LoginKeyKind = (typeof LOGIN_KEY_KINDS)[number]

/** Makes certificates of the target CA, each for a new key of this kind. `keys` keeps this promise. */
export type CertifyLogin = (
  errand: Errand & {
    readonly login: string
    /** Null leaves the certificate good from anywhere. */
    readonly sourceAddress: string | null
  },
  kind: LoginKeyKind,
) => Promise<LoginCertificate>
