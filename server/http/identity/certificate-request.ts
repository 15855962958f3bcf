import type { TokenRefusal } from '../../core/identity-tokens/refusal.ts'
import type { Result } from '../../core/result.ts'

/** The body of `POST /api/certificates`. */
export interface CertificateRequest {
  readonly token: string
  /** One line, as in a `.pub` file. */
  readonly publicKey: string
  readonly task: string | null
}

const MEMBERS = ['token', 'publicKey', 'task']

export function readCertificateRequest(body: unknown): Result<CertificateRequest, TokenRefusal> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return unreadable('the body is not an object')
  }
  // A misspelt "task" would otherwise yield a certificate for another task than was meant.
  if (Object.keys(body).some(name => !MEMBERS.includes(name))) {
    return unreadable(`the body may have ${MEMBERS.join(', ')} and nothing else`)
  }
  const { token, publicKey, task = null } = body as Record<string, unknown>
  if (typeof token !== 'string') return unreadable('token is missing or not text')
  if (typeof publicKey !== 'string') return unreadable('publicKey is missing or not text')
  if (task !== null && typeof task !== 'string') return unreadable('task is not text')
  return { ok: true, value: { token, publicKey, task } }
}

const unreadable = (fault: string): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: { because: 'request-unreadable', fault },
})
