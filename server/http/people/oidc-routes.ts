import {
  explainPersonRefusal,
  mapPerson,
  type PeopleSettings,
} from '../../core/identity-tokens/people.ts'
import type { SignIns } from '../../core/ports/administration.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { RefusedSignIn, WaysIn } from '../../core/replay/answers.ts'
import { json, notFound, seeOther, type Answer } from '../answer.ts'
import type { Asked } from '../asked.ts'
import { sessionCookie } from '../cookie.ts'
import type { RefusalBook } from '../refusal-book.ts'
import type { Route } from '../router.ts'
import { limitSignIns } from '../sign-in-limit.ts'
import { attemptCookie, beginAttempt, forgetAttempt, readAttempt } from './attempt.ts'
import { createProvider } from './provider.ts'

export interface PeopleSurroundings {
  /** Null where one-time links are the only way in. */
  readonly people: PeopleSettings | null
  readonly signIns: SignIns
  readonly book: RefusalBook
  readonly clock: Clock
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Not below /api/, where nothing that another site's page leads to is answered. */
const CALLBACK = '/sign-in/callback'

/** Signing in through the identity provider: to it, and back. */
export function oidcRoutes({ book, clock, log, people, signIns }: PeopleSurroundings): Route[] {
  const provider = people === null ? null : createProvider(people, clock, log)
  const limit = limitSignIns(clock)

  const waysIn = async (): Promise<Answer> =>
    json({ provider: people?.name ?? null } satisfies WaysIn)

  const begin = async (asked: Asked): Promise<Answer> => {
    if (provider === null) return notFound('an identity provider')
    const attempt = beginAttempt(asked.query.get('next'))
    const begun = await provider.begin(attempt, `${asked.origin}${CALLBACK}`)
    return begun.ok ? seeOther(begun.value, [attemptCookie(attempt)]) : turnAway('provider-away')
  }

  const callback = async (asked: Asked): Promise<Answer> => {
    if (provider === null || people === null) return notFound('an identity provider')
    const { address } = asked
    if (!limit.mayTry(address)) {
      book.count({ kind: 'sign-in-refused', because: 'oidc: too many refused sign-ins', address })
      return turnAway('too-many')
    }
    limit.failed(address)

    const refuse = async (shown: RefusedSignIn, because: string): Promise<Answer> => {
      await book.keep({ kind: 'sign-in-refused', because: `oidc: ${because}`, address })
      return turnAway(shown)
    }
    const attempt = readAttempt(asked.cookies)
    if (attempt === null) return refuse('begin-again', 'this browser began no sign-in')
    const answeredAt = new URL(`${CALLBACK}?${asked.query.toString()}`, asked.origin)
    const claims = await provider.finish(attempt, answeredAt)
    if (!claims.ok) {
      const { is, why } = claims.fault
      return refuse(is === 'away' ? 'provider-away' : 'begin-again', why)
    }
    const person = mapPerson(claims.value, people)
    if (!person.ok) return refuse('no-role', explainPersonRefusal(person.fault))
    const { roles, user } = person.value
    const opened = await signIns.openFor(nameOf(user, people.issuer), roles, address)
    limit.forgive(address)
    return seeOther(attempt.next, [sessionCookie(opened.sessionToken), forgetAttempt])
  }

  return [
    { method: 'GET', path: '/api/sign-in', access: 'anyone', handle: waysIn },
    { method: 'GET', path: '/api/sign-in/oidc', access: 'anyone', handle: begin },
    { method: 'GET', path: CALLBACK, access: 'anyone', handle: callback },
  ]
}

/** Back to our own page, which says what to do; whatever was begun is over. */
const turnAway = (refused: RefusedSignIn): Answer =>
  seeOther(`/sign-in?refused=${refused}`, [forgetAttempt])

/** Whoever calls themselves "root" at the provider must not look like the bastion's own in events. */
const nameOf = (user: string, issuer: string): string =>
  user.includes('@') ? user : `${user}@${new URL(issuer).hostname}`
