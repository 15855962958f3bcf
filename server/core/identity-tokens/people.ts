import type { Role } from '../ports/administration.ts'
import type { Result } from '../result.ts'
import { claimText, matches } from './claims.ts'
import type { ClaimCondition } from './issuer.ts'
import type { Claims } from './read-token.ts'

/** Which people an identity provider signs in, and as what. */
export interface PeopleRules {
  /** The claim that names a person in events, such as `email`. */
  readonly user: string
  readonly roles: readonly RoleRule[]
}

/** The identity provider that signs people in to the browser part. */
export interface PeopleSettings extends PeopleRules {
  readonly issuer: string
  readonly clientId: string
  /** A file, so that the secret is neither in the configuration nor in the environment; null for a public client. */
  readonly clientSecretFile: string | null
  readonly scopes: readonly string[]
  /** On the button: "Sign in with …". */
  readonly name: string
}

export interface RoleRule {
  readonly when: ClaimCondition
  readonly role: Role
}

export type PersonRefusal =
  | { because: 'no-name'; claim: string }
  | { because: 'email-not-verified' }
  | { because: 'no-role'; user: string }

const NAME_MOST_CHARACTERS = 200

/** Decides who signed in, and with which roles: those of every rule that matches. */
export function mapPerson(
  claims: Claims,
  rules: PeopleRules,
): Result<{ readonly user: string; readonly roles: readonly Role[] }, PersonRefusal> {
  // An address that nobody verified is whatever its owner typed in at the provider.
  const asksForEmail = [rules.user, ...rules.roles.flatMap(({ when }) => Object.keys(when))]
  if (asksForEmail.includes('email') && claims['email_verified'] !== true) {
    return { ok: false, fault: { because: 'email-not-verified' } }
  }
  const user = claimText(claims, rules.user)
  if (user === null || !isName(user)) {
    return { ok: false, fault: { because: 'no-name', claim: rules.user } }
  }
  const matching = rules.roles.filter(({ when }) => matches(claims, when))
  const roles = [...new Set(matching.map(({ role }) => role))]
  return roles.length > 0
    ? { ok: true, value: { user, roles } }
    : { ok: false, fault: { because: 'no-role', user } }
}

export function explainPersonRefusal(refusal: PersonRefusal): string {
  switch (refusal.because) {
    case 'no-name':
      return `claim ${refusal.claim} is missing or no name`
    case 'email-not-verified':
      return 'the rules ask for email, and email_verified is not true'
    case 'no-role':
      return `no entry under people.roles matches ${JSON.stringify(refusal.user)}`
  }
}

const isName = (text: string): boolean =>
  text.trim() !== '' &&
  text.length <= NAME_MOST_CHARACTERS &&
  !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)
