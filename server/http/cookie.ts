/**
 * `__Host-` binds the cookie to this host, to path `/` and to Secure (RFC 6265bis §4.1.3.2): no
 * subdomain can plant one. Chromium and Firefox count http://127.0.0.1 and http://localhost as
 * secure enough for it; Safari does not, and needs the HTTPS that every other host needs anyway.
 */
const NAME = '__Host-sallyport'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** 256 bits in base64url or hex; anything else is not one of our tokens and is not looked up. */
const TOKEN = /^[A-Za-z0-9_-]{43,64}$/

/** Without Max-Age: the browser forgets it when it closes, the server earlier. */
export const sessionCookie = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`

export const forgetCookie = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`

/** The session token of a Cookie header; null when there is none, or more than one. */
export function readSessionToken(header: string | undefined): string | null {
  const values = (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${NAME}=`))
    .map(pair => pair.slice(NAME.length + 1))
  const [token] = values
  return values.length === 1 && token !== undefined && TOKEN.test(token) ? token : null
}
