import { explainTokenRefusal, type TokenRefusal } from '../../core/identity-tokens/refusal.ts'
import { complaint, type Answer } from '../answer.ts'

/** The caller's half of a refusal. */
export function answerOf(refusal: TokenRefusal): Answer {
  const { toCaller } = explainTokenRefusal(refusal)
  return complaint(statusOf(refusal), refusal.because, toCaller, waitOf(refusal))
}

function statusOf({ because }: TokenRefusal): number {
  switch (because) {
    case 'request-unreadable':
    case 'public-key':
      return 400
    case 'no-agent':
    case 'template-unusable':
    case 'agent-taken':
    case 'task-differs':
    case 'task-missing':
    case 'task-not-allowed':
      return 403
    case 'too-many-requests':
      return 429
    case 'keys-unavailable':
      return 503
    case 'token-too-large':
    case 'token-unreadable':
    case 'token-header':
    case 'token-type':
    case 'token-algorithm':
    case 'issuer-unknown':
    case 'key-unknown':
    case 'signature-wrong':
    case 'claim-missing':
    case 'claim-unusable':
    case 'audience-other':
    case 'audience-shared':
    case 'token-expired':
    case 'token-not-yet-valid':
    case 'token-from-the-future':
    case 'token-too-old':
      return 401
  }
}

function waitOf({ because }: TokenRefusal): Record<string, string> {
  if (because === 'too-many-requests') return { 'retry-after': '60' }
  const mayPass = because === 'keys-unavailable' || because === 'key-unknown'
  return mayPass ? { 'retry-after': '30' } : {}
}
