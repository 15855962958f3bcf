import { readFile } from 'node:fs/promises'
import * as oidc from 'openid-client'
import type { PeopleSettings } from '../../core/identity-tokens/people.ts'
import type { Claims } from '../../core/identity-tokens/read-token.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Result } from '../../core/result.ts'
import { escapeControls } from '../../core/verdict.ts'
import { type Attempt, nonceOf, stateOf, verifierOf } from './attempt.ts'

export type ProviderSettings = Pick<
  PeopleSettings,
  'issuer' | 'clientId' | 'clientSecretFile' | 'scopes'
>

/** `away`: it cannot be reached or is set up wrongly. `refused`: what came back proves nothing. */
export interface ProviderFault {
  readonly is: 'away' | 'refused'
  /** For the operator. */
  readonly why: string
}

/** The identity provider of people, by the authorisation code flow with PKCE, state and nonce. */
export interface Provider {
  /** Where to send the browser. */
  begin(attempt: Attempt, redirectUri: string): Promise<Result<string, ProviderFault>>
  /** The claims of the ID token, from the address the browser was sent back to. */
  finish(attempt: Attempt, answeredAt: URL): Promise<Result<Claims, ProviderFault>>
}

/** Endpoints hardly ever move. */
const KNOWN_FOR_MS = 60 * 60_000
/** While the provider is away, whoever presses the button does not make it worse. */
const ASK_EVERY_MS = 10_000
const ANSWER_WITHIN_SECONDS = 10

export function createProvider(
  settings: ProviderSettings,
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Provider {
  let known: { configuration: oidc.Configuration; atMs: number } | null = null
  let asking: Promise<void> | null = null
  let askedAtMs = Number.NEGATIVE_INFINITY
  let fault = 'it was not asked yet'

  return {
    async begin(attempt, redirectUri) {
      const found = await discover()
      if (!found.ok) return found
      const url = oidc.buildAuthorizationUrl(found.value, {
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        state: stateOf(attempt),
        nonce: nonceOf(attempt),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifierOf(attempt)),
        code_challenge_method: 'S256',
      })
      return { ok: true, value: url.href }
    },
    async finish(attempt, answeredAt) {
      const found = await discover()
      if (!found.ok) return found
      try {
        const tokens = await oidc.authorizationCodeGrant(found.value, answeredAt, {
          expectedState: stateOf(attempt),
          expectedNonce: nonceOf(attempt),
          pkceCodeVerifier: verifierOf(attempt),
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (claims === undefined) return no('refused', 'the provider sent no ID token')
        return { ok: true, value: claims }
      } catch (error) {
        // The library throws for whatever does not fit; each of these is a sign-in that does not happen.
        return no(isNetwork(error) ? 'away' : 'refused', reasonOf(error))
      }
    },
  }

  /** What is known serves on while it is asked for anew, and while the provider is away. */
  async function discover(): Promise<Result<oidc.Configuration, ProviderFault>> {
    if (known === null) await ask()
    else if (clock.monotonicMs() - known.atMs >= KNOWN_FOR_MS) void ask()
    return known === null ? no('away', fault) : { ok: true, value: known.configuration }
  }

  /** Asks unless that was done a moment ago; everyone who waits, waits for the same answer. */
  async function ask(): Promise<void> {
    if (asking === null) {
      if (clock.monotonicMs() - askedAtMs < ASK_EVERY_MS) return
      askedAtMs = clock.monotonicMs()
      asking = learn().finally(() => {
        asking = null
      })
    }
    await asking
  }

  /** Never rejects. Away or set up wrongly: people are told to try later, the operator why. */
  async function learn(): Promise<void> {
    try {
      known = { configuration: await configure(settings), atMs: clock.monotonicMs() }
    } catch (error) {
      fault = reasonOf(error)
      log(`the identity provider of people is away: ${fault}`, {})
    }
  }
}

async function configure(settings: ProviderSettings): Promise<oidc.Configuration> {
  const { clientSecretFile, issuer } = settings
  const secret =
    clientSecretFile === null ? null : (await readFile(clientSecretFile, 'utf8')).trim()
  return oidc.discovery(
    new URL(issuer),
    settings.clientId,
    {},
    secret === null ? oidc.None() : withSecret(secret),
    {
      timeout: ANSWER_WITHIN_SECONDS,
      execute: [
        // TLS to the token endpoint would do (OpenID Connect Core §3.1.3.7); a signature does not depend on it.
        oidc.enableNonRepudiationChecks,
        // The configuration takes http for loopback only.
        ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []),
      ],
    },
  )
}

/** In the way the provider says it takes secrets; basic is what silence means (OpenID Connect Discovery §3). */
function withSecret(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported
    const way = taken === undefined || taken.includes('client_secret_basic') ? basic : post
    return way(server, ...rest)
  }
}

/** fetch's own failures; everything the library finds wrong has a code of its own. */
function isNetwork(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT'
}

const MOST_REASON = 200

/** Provider and browser may have written parts of it; a code or a token is never in it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const answered = 'error' in error && typeof error.error === 'string' ? ` (${error.error})` : ''
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return escapeControls(`${error.message}${answered}${cause}`.slice(0, MOST_REASON))
}

const no = (is: ProviderFault['is'], why: string): { ok: false; fault: ProviderFault } => ({
  ok: false,
  fault: { is, why },
})
