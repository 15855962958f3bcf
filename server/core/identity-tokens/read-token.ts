import type { Result } from '../result.ts'
import type { TokenRefusal } from './refusal.ts'
import { findRepeatedMember } from './repeated-member.ts'

/** A token as it claims to be; nothing of it is verified. */
export interface ReadToken {
  readonly algorithm: string
  readonly keyId: string | null
  readonly issuer: string
  readonly claims: Claims
}

export type Claims = Readonly<Record<string, unknown>>

/** GitHub's and GitLab's tokens take 1 to 2 KB; what is longer is not an identity but a load. */
export const TOKEN_MOST_CHARACTERS = 8 * 1024

/** Issuers use 20 to 64 characters. */
const KEY_ID_MOST_CHARACTERS = 256

/**
 * Header parameters with which a token would say how it is to be checked (RFC 7515 §4.1, RFC 7516 §4.1,
 * RFC 7797 §3). jose ignores the first four; refusing them tells the operator that somebody tried.
 */
const REFUSED_PARAMETERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip', 'epk']

/**
 * Types that prove an identity: plain tokens and access tokens (RFC 9068). Kubernetes names none.
 * A `logout+jwt` or `dpop+jwt` of the same issuer has the same keys and means something else (RFC 8725 §3.11).
 */
const TYPES = ['jwt', 'at+jwt']

/** Reads a compact JWS (RFC 7515 §7.1) whose payload is a claims set, before any key is touched. */
export function readToken(text: string): Result<ReadToken, TokenRefusal> {
  if (text.length > TOKEN_MOST_CHARACTERS) {
    return no({ because: 'token-too-large', most: TOKEN_MOST_CHARACTERS })
  }
  const parts = text.split('.')
  if (parts.length === 5) return unreadable('it is encrypted (five parts)')
  if (parts.length !== 3) return unreadable('expected three parts with dots between them')
  // jose would overlook a line break there; one token has one spelling.
  if (!/^[A-Za-z0-9_-]*$/.test(parts[2] ?? '')) return unreadable('its signature is not base64url')
  const [header, payload] = parts.slice(0, 2).map(readObject)
  if (header === undefined || !header.ok) return unreadable(`its header ${header?.fault ?? ''}`)
  const shape = checkHeader(header.value)
  if (!shape.ok) return shape
  if (payload === undefined || !payload.ok) return unreadable(`its payload ${payload?.fault ?? ''}`)

  const claims = payload.value
  const issuer = ownText(claims, 'iss')
  if (issuer === undefined) return no({ because: 'claim-missing', claim: 'iss' })
  if (issuer === null) return no({ because: 'claim-unusable', claim: 'iss', expected: 'text' })
  return { ok: true, value: { ...shape.value, issuer, claims } }
}

function checkHeader(header: Claims): Result<Pick<ReadToken, 'algorithm' | 'keyId'>, TokenRefusal> {
  for (const parameter of REFUSED_PARAMETERS) {
    if (Object.hasOwn(header, parameter)) return no({ because: 'token-header', parameter })
  }
  if (Object.hasOwn(header, 'cty')) return unreadable('it holds another token (cty)')
  const type = ownText(header, 'typ')
  if (type === null) return unreadable('its type is not text')
  if (type !== undefined && !TYPES.includes(type.toLowerCase().replace(/^application\//, ''))) {
    return no({ because: 'token-type', type })
  }
  const keyId = ownText(header, 'kid')
  if (keyId === null || (keyId ?? '').length > KEY_ID_MOST_CHARACTERS) {
    return unreadable(`its key id is not text of at most ${KEY_ID_MOST_CHARACTERS} characters`)
  }
  const algorithm = ownText(header, 'alg')
  if (typeof algorithm !== 'string') return unreadable('it names no algorithm')
  return { ok: true, value: { algorithm, keyId: keyId ?? null } }
}

function readObject(part: string): Result<Claims, string> {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return fault('is not base64url')
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  let value: unknown
  let json: string
  try {
    const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(json)
  } catch {
    // Hostile input, and no failure of ours.
    return fault('is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('is not a JSON object')
  }
  const repeated = findRepeatedMember(json)
  if (repeated !== null)
    return fault(`has the member ${JSON.stringify(repeated.slice(0, 40))} twice`)
  return { ok: true, value: value as Claims }
}

/** Undefined when it is absent, null when it is not text. */
function ownText(object: Claims, name: string): string | null | undefined {
  if (!Object.hasOwn(object, name)) return undefined
  const value = object[name]
  return typeof value === 'string' ? value : null
}

const fault = (what: string): { ok: false; fault: string } => ({ ok: false, fault: what })
const no = (refusal: TokenRefusal): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: refusal,
})
const unreadable = (why: string): { ok: false; fault: TokenRefusal } =>
  no({ because: 'token-unreadable', fault: why })
