import type { SignIns } from '../core/ports/administration.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Me } from '../core/replay/answers.ts'
import { complaint, json, type Answer } from './answer.ts'
import { personOf, type Asked } from './asked.ts'
import { forgetCookie, sessionCookie } from './cookie.ts'
import type { RefusalBook } from './refusal-book.ts'
import type { Route } from './router.ts'
import { limitSignIns } from './sign-in-limit.ts'

/** Signing in by a one-time link, signing out, and who is signed in. */
export function peopleRoutes(signIns: SignIns, book: RefusalBook, clock: Clock): Route[] {
  const limit = limitSignIns(clock)

  const me = async (asked: Asked): Promise<Answer> => {
    const { user, roles, expiresAtMs } = personOf(asked)
    return json({ user, roles, expiresAtMs } satisfies Me)
  }

  const signIn = async (asked: Asked): Promise<Answer> => {
    const { address } = asked
    if (!limit.mayTry(address)) {
      book.count({ kind: 'sign-in-refused', because: 'too many refused links', address })
      return complaint(429, 'too-many-attempts', 'too many refused links; try again in a minute', {
        'retry-after': '60',
      })
    }
    limit.failed(address)
    const body = await asked.json()
    if (!body.ok) {
      await refuse('the body is not JSON, or too long', address)
      return body.fault
    }
    const token = tokenOf(body.value)
    const opened = token === null ? null : await signIns.redeem(token, address)
    if (opened === null) {
      const because =
        token === null ? 'not a token of ours' : 'the link is unknown, was used, or is too old'
      await refuse(because, address)
      return complaint(
        401,
        'link-not-valid',
        'this link was used before, is too old, or was never made; run "sallyport sign-in" on the bastion host for a new one',
      )
    }
    limit.forgive(address)
    const { user, roles, expiresAtMs } = opened.session
    return json({ user, roles, expiresAtMs } satisfies Me, {
      'set-cookie': sessionCookie(opened.sessionToken),
    })
  }

  const refuse = (because: string, address: string): Promise<void> =>
    book.keep({ kind: 'sign-in-refused', because, address })

  const signOut = async (asked: Asked): Promise<Answer> => {
    await signIns.end(personOf(asked).token, asked.address)
    return json({}, { 'set-cookie': forgetCookie, 'clear-site-data': '"cache", "storage"' })
  }

  return [
    { method: 'GET', path: '/api/me', access: 'viewer', handle: me },
    { method: 'POST', path: '/api/sign-in', access: 'anyone', handle: signIn },
    { method: 'POST', path: '/api/sign-out', access: 'viewer', handle: signOut },
  ]
}

function tokenOf(body: unknown): string | null {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : null
  return typeof token === 'string' && /^[A-Za-z0-9_-]{20,100}$/.test(token) ? token : null
}
