import type { Grant, Identity } from '../../core/access.ts'
import { type Clock, nowSeconds } from '../../core/ports/deciding.ts'
import type { Distrust, Endings } from '../../core/ports/evidence.ts'
import type { Refusal } from '../../core/verdict.ts'
import type { Ended, RevokedCertificate } from './feed.ts'

/**
 * Without news from the database nobody can say who was revoked: after so long nothing more is forwarded, and after so
 * long sessions end. A restart of PostgreSQL takes two or three seconds and must cost no session.
 */
const MAY_FORWARD_MS = 5_000
const CUT_OFF_MS = 15_000

/** How often expiries are looked at; an expired session ends within this time. */
const LOOK_EVERY_MS = 200

/** Revoked grants and terminations are remembered at least as long as the feed repeats them. */
const REMEMBER_MS = 120_000

interface Watched {
  readonly id: string
  readonly grant: Grant | null
  readonly identity: Identity
  end(refusal: Refusal): void
}

export interface WatchedEndings extends Endings, Distrust {
  /** A poll of the feed succeeded and saw this. */
  seen(ended: Ended): void
  /** Ends this session: its evidence cannot be kept any more. */
  fail(sessionId: string, refusal: Refusal): void
  /** Milliseconds since the last successful poll. */
  pollAgeMs(): number
  close(): void
}

/**
 * Ends sessions whose reason to live is gone. A session is told once; a reason that was seen before
 * the session is watched counts as well, since it was opened at the same moment.
 */
export function createEndings(clock: Clock): WatchedEndings {
  const watched = new Set<Watched>()
  const revokedGrants = new Memory<string>(clock)
  const terminations = new Memory<{ by: string; reason: string }>(clock)
  const revokedSerials = new Set<string>()
  const revokedKeyIds = new Set<string>()
  let whyDistrusted: (identity: Identity) => Refusal | null = () => null
  let polledAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }
  const timer = setInterval(lookAtAll, LOOK_EVERY_MS)
  timer.unref()

  return {
    watch(session, end) {
      const entry: Watched = { ...session, end }
      watched.add(entry)
      // Not from within the caller: it has not got the way to stop yet.
      queueMicrotask(() => lookClosely(entry))
      return () => {
        watched.delete(entry)
      }
    },
    mayForward: () => pollAgeMs() <= MAY_FORWARD_MS,
    isCertificateRevoked: ({ caFingerprint, serial, keyId }) =>
      revokedKeyIds.has(keyId) || revokedSerials.has(serialKey(caFingerprint, String(serial))),
    seen(ended) {
      polledAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }
      for (const { grant, reason } of ended.grants) revokedGrants.add(grant, reason)
      for (const { session, by, reason } of ended.terminations) {
        terminations.add(session, { by, reason })
      }
      for (const certificate of ended.certificates) rememberCertificate(certificate)
      lookAtAll()
    },
    distrust(reason) {
      whyDistrusted = reason
      for (const entry of watched) lookClosely(entry)
    },
    fail(sessionId, refusal) {
      for (const entry of [...watched].filter(({ id }) => id === sessionId)) {
        watched.delete(entry)
        entry.end(refusal)
      }
    },
    pollAgeMs,
    close: () => clearInterval(timer),
  }

  /** The larger of two clocks: the monotonic one stands still while the machine sleeps. */
  function pollAgeMs(): number {
    return Math.max(clock.monotonicMs() - polledAt.monotonicMs, clock.nowMs() - polledAt.wallMs)
  }

  function rememberCertificate({ caFingerprint, serial, keyId }: RevokedCertificate): void {
    if (keyId !== null) revokedKeyIds.add(keyId)
    // Serial 0 is what CAs write that do not number their certificates: it would take back all of them.
    if (caFingerprint !== null && serial !== null && serial !== '0') {
      revokedSerials.add(serialKey(caFingerprint, serial))
    }
  }

  function lookAtAll(): void {
    revokedGrants.forgetOld()
    terminations.forgetOld()
    for (const entry of watched) look(entry)
  }

  function look(entry: Watched): void {
    const refusal = reasonToEnd(entry)
    if (refusal !== null) endOnce(entry, refusal)
  }

  /** Revocation lists take hashing: they are asked when something changed, not with every look. */
  function lookClosely(entry: Watched): void {
    const refusal = reasonToEnd(entry) ?? whyDistrusted(entry.identity)
    if (refusal !== null) endOnce(entry, refusal)
  }

  function endOnce(entry: Watched, refusal: Refusal): void {
    if (watched.delete(entry)) entry.end(refusal)
  }

  function reasonToEnd({ id, grant, identity }: Watched): Refusal | null {
    const termination = terminations.get(id)
    if (termination !== undefined) return { because: 'terminated', ...termination }
    const reason = grant === null ? undefined : revokedGrants.get(grant.id)
    if (reason !== undefined) return { because: 'grant-revoked', reason }
    const { caFingerprint, serial, keyId } = identity
    if (revokedKeyIds.has(keyId) || revokedSerials.has(serialKey(caFingerprint, String(serial)))) {
      return { because: 'certificate-revoked' }
    }
    const nowMs = clock.nowMs()
    if (grant !== null && nowMs >= grant.expiresAtMs) return { because: 'grant-expired' }
    if (nowSeconds(clock) >= identity.validBefore) return { because: 'certificate-expired' }
    return pollAgeMs() > CUT_OFF_MS ? { because: 'node-cut-off' } : null
  }
}

function serialKey(caFingerprint: string, serial: string): string {
  return `${serial} ${caFingerprint}`
}

/** What was seen lately, by id. */
class Memory<Value> {
  readonly #clock: Clock
  readonly #entries = new Map<string, { value: Value; seenAtMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(id: string, value: Value): void {
    this.#entries.set(id, { value, seenAtMs: this.#clock.monotonicMs() })
  }

  get(id: string): Value | undefined {
    return this.#entries.get(id)?.value
  }

  forgetOld(): void {
    const before = this.#clock.monotonicMs() - REMEMBER_MS
    for (const [id, { seenAtMs }] of this.#entries) {
      if (seenAtMs < before) this.#entries.delete(id)
    }
  }
}
