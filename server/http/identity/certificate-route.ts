import { randomBytes } from 'node:crypto'
import { readAgentKey } from '../../core/identity-tokens/agent-key.ts'
import { certificateSpan } from '../../core/identity-tokens/certificate-span.ts'
import { claimText } from '../../core/identity-tokens/claims.ts'
import type { TrustedIssuer } from '../../core/identity-tokens/issuer.ts'
import { mapIdentity, type TokenIdentity } from '../../core/identity-tokens/map-identity.ts'
import type { Claims } from '../../core/identity-tokens/read-token.ts'
import { explainTokenRefusal, type TokenRefusal } from '../../core/identity-tokens/refusal.ts'
import { blobTypeOf } from '../../core/certificate/algorithms.ts'
import {
  agentKeyId,
  type CertificateAuthority,
  issueAgentCertificate,
  NONCE_BYTES,
} from '../../core/certificate/issue.ts'
import type { CertificateBook } from '../../core/ports/administration.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import { fingerprint } from '../../core/ssh-wire/fingerprint.ts'
import { formatBlobLine } from '../../core/ssh-wire/key-line.ts'
import type { PublicKey } from '../../core/ssh-wire/public-key.ts'
import { escapeControls } from '../../core/verdict.ts'
import { json, type Answer } from '../answer.ts'
import type { Asked } from '../asked.ts'
import type { RefusalBook, RefusedEvent } from '../refusal-book.ts'
import type { Route } from '../router.ts'
import { readCertificateRequest } from './certificate-request.ts'
import { answerOf } from './refusal-answer.ts'
import { RequestLimit, type RequestLimits } from './request-limit.ts'
import { type VerifiedToken, verifyTokens } from './verify-token.ts'

/** What it takes to turn tokens into certificates. */
export interface TokenDesk {
  readonly issuers: readonly TrustedIssuer[]
  /** Agents that other parts of the configuration name; a template must not yield them. */
  readonly otherAgents: readonly string[]
  /** The CA in use now: it may be rotated while we run. */
  readonly userCa: () => CertificateAuthority
  readonly certificates: Pick<CertificateBook, 'nextSerial' | 'recordIssue'>
  readonly limits: RequestLimits
}

export interface CertificateSurroundings {
  readonly desk: TokenDesk
  readonly book: RefusalBook
  readonly clock: Clock
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
  readonly refused: (because: string) => void
}

/** What a refusal's event says beside the reason. */
interface Attempt {
  readonly address: string
  readonly issuer: string | null
  readonly subject: string | null
  readonly key: string | null
}

/** A token of 8 KB, a key of RSA's largest size, and room. */
const MOST_BODY_BYTES = 16 * 1024

/** `POST /api/certificates`: a token in, a certificate out, and an event either way. */
export function certificateRoutes(around: CertificateSurroundings): Route[] {
  const { desk, clock } = around
  const verifier = verifyTokens(desk.issuers, clock, around.log)
  const limit = new RequestLimit(desk.limits, clock)
  const namedAgents = new Set([
    ...desk.otherAgents,
    ...desk.issuers.flatMap(({ agents }) => agents.map(({ agent }) => agent)),
  ])

  const refuse = (refusal: TokenRefusal, attempt: Attempt): Promise<Answer> =>
    refuseInWriting(around, refusal, attempt)

  const handle = async (asked: Asked): Promise<Answer> => {
    const { address } = asked
    const stranger: Attempt = { address, issuer: null, subject: null, key: null }
    const admission = limit.admit(address)
    if (admission.is === 'refused') {
      const refusal: TokenRefusal = { because: 'too-many-requests', scope: admission.scope }
      if (admission.isFirst) return refuse(refusal, stranger)
      around.book.count(eventOf(refusal, stranger))
      around.refused(refusal.because)
      return answerOf(refusal)
    }
    const body = await asked.json()
    if (!body.ok) {
      const fault = `the body is not JSON of at most ${MOST_BODY_BYTES} bytes`
      await refuse({ because: 'request-unreadable', fault }, stranger)
      return body.fault
    }
    const request = readCertificateRequest(body.value)
    if (!request.ok) return refuse(request.fault, stranger)

    const { publicKey, task, token } = request.value
    const key = readAgentKey(publicKey)
    const holder: Attempt = { ...stranger, key: key.ok ? fingerprint(key.value) : null }
    const verified = await verifier.verify(token)
    if (!verified.ok) {
      const { issuer, refusal, subject } = verified.fault
      const shown = subject === null ? null : shownClaim(subject)
      return refuse(refusal, { ...holder, issuer, subject: shown })
    }
    const { claims, issuer, subject } = verified.value
    const attempt: Attempt = { ...holder, issuer: issuer.issuer, subject: shownClaim(subject) }
    const identity = mapIdentity(claims, task, { rules: issuer.agents, namedAgents })
    if (!identity.ok) return refuse(identity.fault, attempt)
    if (!key.ok) return refuse(key.fault, attempt)
    const issued = await issue(around, verified.value, identity.value, key.value)
    limit.remember(address)
    return json(issued)
  }
  return [
    {
      method: 'POST',
      path: '/api/certificates',
      access: 'anyone',
      fromPrograms: true,
      mostBodyBytes: MOST_BODY_BYTES,
      handle,
    },
  ]
}

export interface IssuedCertificate {
  /** One line, as in a `-cert.pub` file. */
  readonly certificate: string
  readonly agent: string
  readonly task: string | null
  /** RFC 3339: the first instant it is no longer valid. */
  readonly validBefore: string
}

/** Signs, and writes the issue down before the certificate leaves: one that nobody knows of could not be revoked. */
async function issue(
  { desk, clock }: CertificateSurroundings,
  token: VerifiedToken,
  identity: TokenIdentity,
  key: PublicKey,
): Promise<IssuedCertificate> {
  const serial = await desk.certificates.nextSerial()
  const nowSeconds = Math.floor(clock.nowMs() / 1000)
  const span = certificateSpan(token.expiresAt, token.issuer, nowSeconds)
  const nonce = randomBytes(NONCE_BYTES)
  const blob = issueAgentCertificate({ ...identity, ...span, key, nonce, serial }, desk.userCa())
  const { agent, task } = identity
  const keyId = agentKeyId({ agent, task, serial })
  await desk.certificates.recordIssue(
    { agent, task, keyId, serial, keyFingerprint: fingerprint(key), ...span },
    `token of ${token.issuer.issuer} for ${shownClaim(token.subject)}${tokenId(token.claims)}`,
  )
  return {
    certificate: formatBlobLine(blobTypeOf(key.type), blob, keyId),
    agent,
    task,
    validBefore: new Date(Number(span.validBefore) * 1000).toISOString(),
  }
}

/** Rejects when the refusal cannot be written down: then there is an error instead of an answer. */
async function refuseInWriting(
  { book, log, refused }: CertificateSurroundings,
  refusal: TokenRefusal,
  attempt: Attempt,
): Promise<Answer> {
  const { because } = refusal
  const { address, issuer } = attempt
  const event = eventOf(refusal, attempt)
  await book.keep(event)
  log(`a certificate was refused: ${event.detail}`, { because, issuer, address })
  refused(because)
  return answerOf(refusal)
}

function eventOf(
  refusal: TokenRefusal,
  attempt: Attempt,
): Extract<RefusedEvent, { kind: 'certificate-refused' }> {
  const detail = escapeControls(explainTokenRefusal(refusal).toLog)
  return { kind: 'certificate-refused', because: refusal.because, detail, ...attempt }
}

/** Subjects of CI jobs take 100 characters; a claim may be as long as a token. */
const MOST_SHOWN_CHARACTERS = 300

const shownClaim = (text: string): string => escapeControls(text.slice(0, MOST_SHOWN_CHARACTERS))

/** The issuer's own name for the token, which leads to the job in its log. */
function tokenId(claims: Claims): string {
  const id = claimText(claims, 'jti')
  return id === null ? '' : ` (${shownClaim(id)})`
}
