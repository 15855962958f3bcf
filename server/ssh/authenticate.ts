import type { AuthContext, PublicKeyAuthContext } from 'ssh2'
import type { Identity } from '../core/access.ts'
import { sentText, type JournalEvent } from '../core/audit/events.ts'
import { checkUserCertificate, type UserTrust } from '../core/certificate/check-user.ts'
import { clientWithoutCertificates } from '../core/certificate/clients-without.ts'
import { verifyClientSignature } from '../core/certificate/client-signature.ts'
import { explainJumpRefusal, type JumpRefusal } from '../core/certificate/jump.ts'
import { parseCertificate } from '../core/certificate/parse.ts'
import { type CertificateRefusal, explainCertificateRefusal } from '../core/certificate/refusal.ts'
import { nowSeconds } from '../core/ports/deciding.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'

type LoginRefused = Extract<JournalEvent, { kind: 'login-refused' }>

/** One connection's way to a login. */
export interface LoginDesk {
  readonly address: string
  readonly version: string
  readonly trust: UserTrust
  /** What holds for whoever has proven to be this; a jump narrows it. */
  readonly restrict: (identity: Identity) => Result<Identity, JumpRefusal>
  readonly nowMs: () => number
  readonly maxAttempts: number
  /** Shows the client a line before it is let in (RFC 4252 §5.4). */
  readonly showBanner: (line: string) => void
}

/**
 * One refusal of each reason is kept, so that a client that offers a thousand keys makes no thousand
 * events. There are fewer reasons than this.
 */
const KEPT_REFUSALS = 32

/** A login, a plus and a target's name fit twice over; what is longer is no user name but a load. */
const USER_NAME_MOST_CHARACTERS = 255

/** Of texts that a stranger wrote, in events. */
const TEXT_MOST_CHARACTERS = 255

/** RFC 4252 §5.1: the method that may go on. */
const METHODS = ['publickey' as const]

/**
 * The same after a plain key was refused. OpenSSH offers the plain key before its certificate, so a
 * banner would stand above every login; the list of methods is shown only when a login fails:
 * "Permission denied (publickey,only-certificates@sallyport)".
 */
const METHODS_AFTER_PLAIN_KEY = [...METHODS, 'only-certificates@sallyport' as never]

/**
 * Decides the login of one connection. Every answer is given at once: ssh2 serves requests that have to
 * wait last in, first out.
 *
 * Invariant: `identity` comes from the certificate whose key signed this session. A certificate that was
 * merely offered proves nothing.
 */
export class Login {
  readonly #desk: LoginDesk
  readonly #refusals = new Map<string, LoginRefused>()
  readonly #shown = new Set<string>()
  #attempts = 0
  #methods = METHODS
  #proven: { readonly identity: Identity; readonly userName: string } | null = null

  constructor(desk: LoginDesk) {
    this.#desk = desk
  }

  /** Who logged in, once somebody has. */
  get proven(): { readonly identity: Identity; readonly userName: string } | null {
    return this.#proven
  }

  /**
   * What was refused and was not followed by a success, for the journal: a client tries its keys one
   * after another, and the ones before the right one are no denial.
   */
  get refusals(): readonly LoginRefused[] {
    return this.#proven === null ? [...this.#refusals.values()] : []
  }

  /**
   * Whoever has logged in may not stay: that is what was refused, and not the keys tried before. Not kept
   * where `because` is null.
   */
  takeBack(because: string | null, detail: string): void {
    const proven = this.#proven
    this.#proven = null
    this.#refusals.clear()
    if (proven === null || because === null) return
    const { address, version } = this.#desk
    this.#refusals.set(because, {
      kind: 'login-refused',
      userName: sentText(Buffer.from(proven.userName)),
      client: { address, version },
      because,
      detail: `${proven.identity.agent}: ${detail}`,
      keyId: proven.identity.keyId.slice(0, TEXT_MOST_CHARACTERS),
      key: null,
    })
  }

  /** Answers one request; false when the client has used up its attempts and must go. */
  answer(request: AuthContext): boolean {
    if (request.username.length > USER_NAME_MOST_CHARACTERS) {
      const detail = `a user name of ${request.username.length} characters`
      this.#keep(request.username, 'user-name-too-long', detail, null)
      return this.#reject(request, false)
    }
    if (request.method === 'publickey') return this.#answerKey(request)
    // "none" is how a client asks which methods there are (RFC 4252 §5.2): free, but only once.
    const isQuestion = request.method === 'none' && this.#attempts === 0
    if (request.method !== 'none') {
      const detail = `method ${request.method} is not offered`
      this.#keep(request.username, 'method-not-offered', detail, null)
    }
    return this.#reject(request, isQuestion)
  }

  #answerKey(request: PublicKeyAuthContext): boolean {
    const verdict = this.#judge(request)
    if (verdict.ok) {
      if (verdict.value !== null) this.#proven = verdict.value
      request.accept()
      return true
    }
    const { because, toAgent, toLog } = verdict.fault
    this.#keep(request.username, because, toLog, request)
    if (because === 'not-a-certificate') {
      this.#methods = METHODS_AFTER_PLAIN_KEY
      const client = clientWithoutCertificates(this.#desk.version)
      if (client !== null) {
        this.#show(`${toAgent}; ${client} cannot use it, but ssh, plink and paramiko can`)
      }
    } else if (toAgent !== null) {
      this.#show(toAgent)
    }
    return this.#reject(request, false)
  }

  /** The value is null for a certificate that would do and was not proven yet. */
  #judge(
    request: PublicKeyAuthContext,
  ): Result<{ identity: Identity; userName: string } | null, Refused> {
    const { algo, data } = request.key
    const accepted = checkUserCertificate(
      {
        algorithm: algo,
        blob: data,
        clientAddress: this.#desk.address,
        now: nowSeconds(this.#desk),
      },
      this.#desk.trust,
    )
    if (!accepted.ok) return refuseCertificate(accepted.fault)
    const identity = this.#desk.restrict(accepted.value.identity)
    if (!identity.ok) {
      const { because } = identity.fault
      return { ok: false, fault: { because, ...explainJumpRefusal(identity.fault) } }
    }
    // For certificates ssh2 leaves the signature whole, and `blob` is what RFC 4252 §7 has signed.
    const { signature, blob } = request
    if (signature === undefined || blob === undefined) return { ok: true, value: null }
    const proof = verifyClientSignature(accepted.value, algo, signature, blob)
    if (!proof.ok) return refuseCertificate(proof.fault)
    return { ok: true, value: { identity: identity.value, userName: request.username } }
  }

  /** Each sentence once, however many keys it holds for. */
  #show(sentence: string): void {
    if (this.#shown.has(sentence)) return
    this.#shown.add(sentence)
    this.#desk.showBanner(`sallyport: ${sentence}\n`)
  }

  #reject(request: AuthContext, isFree: boolean): boolean {
    if (!isFree) this.#attempts += 1
    request.reject(this.#methods)
    return this.#attempts < this.#desk.maxAttempts
  }

  #keep(
    userName: string,
    because: string,
    detail: string,
    request: PublicKeyAuthContext | null,
  ): void {
    if (this.#refusals.has(because) || this.#refusals.size >= KEPT_REFUSALS) return
    const certificate = request === null ? null : parseCertificate(request.key.data)
    const { address, version } = this.#desk
    this.#refusals.set(because, {
      kind: 'login-refused',
      userName: sentText(Buffer.from(userName.slice(0, TEXT_MOST_CHARACTERS))),
      client: { address, version },
      because,
      detail: detail.slice(0, TEXT_MOST_CHARACTERS),
      keyId:
        certificate?.ok === true ? certificate.value.keyId.slice(0, TEXT_MOST_CHARACTERS) : null,
      key: request === null ? null : keyFingerprint(certificate, request.key.data),
    })
  }
}

interface Refused {
  readonly because: string
  readonly toAgent: string | null
  readonly toLog: string
}

function refuseCertificate(refusal: CertificateRefusal): { ok: false; fault: Refused } {
  const { because } = refusal
  return { ok: false, fault: { because, ...explainCertificateRefusal(refusal) } }
}

function keyFingerprint(
  certificate: ReturnType<typeof parseCertificate> | null,
  blob: Uint8Array,
): string {
  return fingerprint(certificate?.ok === true ? certificate.value.key : { blob })
}
