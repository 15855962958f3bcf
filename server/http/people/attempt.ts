import { createHash, randomBytes } from 'node:crypto'

/**
 * One person's way to the identity provider and back. All of it lives in a cookie of their browser, so
 * that the answer may come to another node; state, nonce and verifier are made from one secret.
 */
export interface Attempt {
  /** 256 bits in base64url. */
  readonly secret: string
  /** The page to go to afterwards. */
  readonly next: string
}

const NAME = '__Host-sallyport-attempt'
/** Lax: the provider sends the browser back with a navigation from its own site. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'
/** Somebody finds their second factor. */
const LASTS_SECONDS = 600

const VALUE = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{2,700})$/
const NEXT_MOST_CHARACTERS = 500

export function beginAttempt(next: string | null): Attempt {
  return { secret: randomBytes(32).toString('base64url'), next: safeNext(next) }
}

/** What the provider hands back unread: it ties its answer to this browser (RFC 6749 §10.12). */
export const stateOf = ({ secret }: Attempt): string => derive('state', secret)
/** What the provider writes into the ID token: it ties the token to this attempt (OpenID Connect Core §15.5.2). */
export const nonceOf = ({ secret }: Attempt): string => derive('nonce', secret)
/** What only we can show when the code is exchanged (RFC 7636 §4.1). */
export const verifierOf = ({ secret }: Attempt): string => derive('verifier', secret)

/** One-way, so that the state, which travels in addresses, gives the verifier away to nobody. */
const derive = (what: string, secret: string): string =>
  createHash('sha256').update(`sallyport sign-in ${what} ${secret}`).digest('base64url')

export function attemptCookie({ secret, next }: Attempt): string {
  const value = `${secret}.${Buffer.from(next).toString('base64url')}`
  return `${NAME}=${value}; ${ATTRIBUTES}; Max-Age=${LASTS_SECONDS}`
}

export const forgetAttempt = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`

/** Null when there is none, or more than one. */
export function readAttempt(cookies: string | undefined): Attempt | null {
  const values = (cookies ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${NAME}=`))
    .map(pair => pair.slice(NAME.length + 1))
  const [, secret, next] = VALUE.exec(values.length === 1 ? (values[0] ?? '') : '') ?? []
  if (secret === undefined || next === undefined) return null
  return { secret, next: safeNext(Buffer.from(next, 'base64url').toString('utf8')) }
}

/** A page of ours, whatever an address bar or a cookie was made to say. */
function safeNext(next: string | null): string {
  const isOurs =
    next !== null &&
    next.length <= NEXT_MOST_CHARACTERS &&
    /^\/(?![/\\]|api\/)[\x21-\x7e]*$/.test(next)
  return isOurs ? next : '/'
}
