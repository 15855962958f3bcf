import type { TrustedIssuer } from '../../core/identity-tokens/issuer.ts'
import { readKeySet } from '../../http/identity/issuer-keys.ts'
import { beginAttempt } from '../../http/people/attempt.ts'
import type { PeopleSettings } from '../../core/identity-tokens/people.ts'
import { createProvider } from '../../http/people/provider.ts'
import { broken, type Finding, fine, weak } from './examination.ts'

/** Asks each issuer for its keys, as the first token would make the bastion do. */
export async function examineIssuers(issuers: readonly TrustedIssuer[]): Promise<Finding[]> {
  return Promise.all(issuers.map(examineIssuer))
}

async function examineIssuer({ algorithms, issuer, keys }: TrustedIssuer): Promise<Finding> {
  const where = 'url' in keys ? keys.url : keys.file
  try {
    const set = await readKeySet(keys)
    const usable = set.keys.filter(
      ({ alg, kty, use }) =>
        kty !== 'oct' &&
        use !== 'enc' &&
        (alg === undefined || algorithms.some(allowed => allowed === alg)),
    )
    if (usable.length > 0)
      return fine(
        'issuer',
        `${issuer}: ${usable.length === 1 ? 'one key' : `${usable.length} keys`}`,
      )
    return broken(
      'issuer',
      `${issuer}: none of the ${set.keys.length} keys at ${where} is for ${algorithms.join(', ')}`,
      'see which algorithms its keys have (alg), and list them under "algorithms" of the issuer',
    )
  } catch (error) {
    // Whatever is in the way, somebody must look at it: that is what is reported.
    return broken(
      'issuer',
      `${issuer}: its keys cannot be had from ${where}: ${messageOf(error)}`,
      'until then no token of it becomes a certificate; sessions that exist go on',
    )
  }
}

/** Asks the identity provider where people sign in, as the first click would. */
export async function examinePeople(people: PeopleSettings | null): Promise<Finding[]> {
  if (people === null) return []
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
  const provider = createProvider(people, clock, () => undefined) // the finding says it
  const begun = await provider.begin(beginAttempt(null), people.issuer)
  if (begun.ok) return [fine('people', `${people.issuer} signs them in`)]
  return [
    weak(
      'people',
      `${people.issuer} cannot be used: ${begun.fault.why}`,
      'people can sign in with a link until it can: sallyport sign-in',
    ),
  ]
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
