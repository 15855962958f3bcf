/**
 * What is written down. A body is one of these as JSON (UTF-8, the time first, then the keys in the order
 * given here); the stored bytes are what is hashed, never a re-encoding. FORMAT.md has the page.
 */
import type { Judgement, Reason, SeenCommand } from '../policy/judgement.ts'
import type { VerdictWord } from '../policy/policy.ts'

/** Text an agent or a target sent: readable when it is UTF-8, otherwise the bytes in base64. */
export type SentText = { readonly text: string } | { readonly base64: string }

/** How a program on the target ended (RFC 4254 §6.10), or null when the target never said. */
export type Exit =
  | { readonly status: number }
  | { readonly signal: string; readonly coreDumped: boolean; readonly message: string }

/**
 * How a line came to be decided: a command of its own (`exec`, or `interactive` at the shell's prompt), a
 * line for the program that runs, or the listing that Tab asked for.
 */
export type LineForm = 'exec' | 'interactive' | 'input-line' | 'completion'

/** Events of one session's chain. `channel` counts the session's channels from 0. */
export type SessionEvent =
  | {
      kind: 'session-opened'
      agent: string
      task: string
      onBehalfOf: string | null
      grant: string
      target: string
      login: string
      policy: { name: string; digest: string; unfiltered: boolean; observed: boolean }
      certificate: { keyId: string; serial: string; key: string; ca: string; validBefore: string }
      client: { address: string; version: string }
      node: string
      /** False where ssh2 runs without its native crypto. */
      nativeCrypto: boolean
    }
  | {
      kind: 'command-decided'
      channel: number
      form: LineForm
      terminal: boolean
      /** What the agent asked for, byte for byte. */
      line: SentText
      /** The certificate's force-command, when it was judged in the line's stead. */
      forced: string | null
      verdict: VerdictWord
      rule: string
      reasons: readonly Reason[]
      commands: readonly SeenCommand[]
      canonical: string | null
      /** Exactly what the target is asked to run; null when the line was stopped, empty when the bastion did it all. */
      forwarded: SentText | null
      input: Judgement['input']
      observed: boolean
      unfiltered: boolean
      workingDirectory: string | null
    }
  | {
      kind: 'command-ended'
      channel: number
      /** Sequence number of the decision it ran under. */
      decision: number
      exit: Exit | null
      /** Why there is no exit, when there is none. */
      fault: string | null
      durationMs: number
      workingDirectory: string | null
      stdin: { bytes: number; sha256: string; recordedBytes: number }
      stdout: { bytes: number }
      stderr: { bytes: number }
      /** Milliseconds since the session's start: where its output lies in the recording. */
      recording: { fromMs: number; toMs: number }
    }
  | { kind: 'input-recorded'; channel: number; decision: number; data: SentText }
  | {
      kind: 'request-refused'
      channel: number | null
      request: string
      detail: SentText
      rule: string
      reason: string
    }
  | { kind: 'environment-ignored'; channel: number; names: readonly string[] }
  | {
      kind: 'channel-opened'
      channel: number
      terminal: { term: string; columns: number; rows: number } | null
    }
  | {
      kind: 'target-connected'
      address: string
      hostKey: string
      version: string
      /** Serial of the certificate the bastion logged in with, where it was one: sshd logs it, too. */
      certificate?: string
    }
  | { kind: 'target-failed'; fault: string; hostKey: string | null }
  | {
      kind: 'recording-chunk'
      chunk: number
      channel: number
      /** Byte offset and length of the channel's asciicast text, before compression. */
      offset: number
      length: number
      /** Of the asciicast text, before compression; lower-case hex. */
      sha256: string
      /** Pairs of first and one-past-last byte within the chunk that came from standard error. */
      stderr: readonly number[]
      recovered: boolean
    }
  | { kind: 'session-closed'; reason: string; channels: number; recovered: boolean }

/** Facts that belong to no session. Each stands alone in the journal. */
export type JournalEvent =
  | { kind: 'node-started'; node: string; version: string; nativeCrypto: boolean }
  | { kind: 'node-stopped'; node: string; reason: string }
  | { kind: 'key-made'; name: string; fingerprint: string }
  | {
      kind: 'key-rotated'
      name: string
      fingerprint: string
      /** Fingerprint of the key that went out of use. */
      retired: string | null
      compromised: boolean
      by: string
    }
  | {
      kind: 'login-refused'
      userName: SentText
      client: { address: string; version: string }
      because: string
      detail: string
      keyId: string | null
      key: string | null
    }
  | {
      kind: 'session-refused'
      agent: string
      userName: SentText
      client: { address: string; version: string }
      because: string
      detail: string
      keyId: string
    }
  | {
      /** As a session's `request-refused`, on a connection that has no session: `ssh -J` and `-W`, mostly. */
      kind: 'outside-request-refused'
      agent: string
      keyId: string
      client: { address: string; version: string }
      request: string
      detail: SentText
      rule: string
      reason: string
    }
  | { kind: 'connection-refused'; client: { address: string }; because: string }
  | {
      kind: 'target-added'
      target: string
      host: string
      port: number
      logins: readonly string[]
      hostTrust: string
      /** What the bastion logs in with; absent in events of before there was a choice. */
      credential?: string
      by: string
    }
  | { kind: 'target-removed'; target: string; by: string }
  | {
      kind: 'grant-created'
      grant: string
      agent: string
      task: string
      target: string
      login: string
      policy: string
      onBehalfOf: string | null
      startsAt: string
      expiresAt: string
      maxSessions: number | null
      reason: string
      by: string
    }
  | {
      kind: 'request-made'
      request: string
      agent: string
      task: string
      onBehalfOf: string | null
      target: string
      login: string | null
      policy: string | null
      forSeconds: number
      reason: string
      keyId: string
    }
  | { kind: 'request-granted'; request: string; grant: string; by: string }
  | { kind: 'request-denied'; request: string; reason: string; by: string }
  | {
      kind: 'counter-asked'
      agent: string
      keyId: string
      client: { address: string; version: string }
      /** What the agent sent, byte for byte. */
      command: SentText
      /** The certificate's force-command, when it was read in the command's stead. */
      forced: string | null
    }
  | {
      kind: 'counter-refused'
      agent: string
      keyId: string
      client: { address: string; version: string }
      request: string
      detail: SentText
      because: string
    }
  | { kind: 'grant-revoked'; grant: string; reason: string; by: string }
  | { kind: 'termination-asked'; session: string; reason: string; by: string }
  | {
      kind: 'certificate-issued'
      agent: string
      task: string | null
      keyId: string
      serial: string
      key: string
      validAfter: string
      validBefore: string
      by: string
    }
  | {
      kind: 'certificate-refused'
      /** A `TokenRefusal`'s name. */
      because: string
      detail: string
      /** Null where the token did not name an issuer of ours; claimed until the signature was verified. */
      issuer: string | null
      /** The claim `sub`, once the signature was verified. */
      subject: string | null
      /** Fingerprint of the key, where one could be read. */
      key: string | null
      address: string
    }
  | {
      kind: 'certificate-revoked'
      ca: string | null
      serial: string | null
      keyId: string | null
      reason: string
      by: string
    }
  | { kind: 'policy-stored'; policy: string; digest: string }
  | { kind: 'sign-in-link-made'; role: string; by: string }
  | {
      kind: 'signed-in'
      user: string
      roles: readonly string[]
      how: 'link' | 'oidc'
      address: string
    }
  | { kind: 'sign-in-refused'; because: string; address: string }
  | { kind: 'signed-out'; user: string; address: string }
  | { kind: 'session-viewed'; session: string; user: string }
  | { kind: 'session-exported'; session: string; user: string; format: string }
  | {
      kind: 'commands-replayed'
      /** The policy that judged them again. */
      policy: string
      /** Null where they were those of every policy's sessions. */
      recordedUnder: string | null
      from: string
      to: string
      /** How many were shown: those that would be decided otherwise. */
      shown: number
      user: string
    }

/** Bytes as the record keeps them: as text where they are UTF-8 throughout. */
export function sentText(bytes: Uint8Array): SentText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    // Not UTF-8 is an expected shape of input here, not a failure.
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return { base64: btoa(binary) }
  }
}
