import type { Role } from '../../server/core/ports/administration.ts'
import type { BrowserPart } from './browser-part.ts'

/** A Cookie header of somebody who signed in with this role. */
export async function signedIn(
  { signIns }: Pick<BrowserPart, 'signIns'>,
  role: Role,
): Promise<string> {
  const { token } = await signIns.makeLink(role, 'the test', 60_000)
  const opened = await signIns.redeem(token, '127.0.0.1')
  if (opened === null) throw new Error('a fresh link was refused')
  return `__Host-sallyport=${opened.sessionToken}`
}
