import { createRequire } from 'node:module'
import crypto from 'ssh2/lib/protocol/crypto.js'

/**
 * The version whose inside we know. Everything in `repairs/` and `transport.ts` reaches behind ssh2's
 * public API, so another version is refused at start instead of failing in some session later.
 */
const KNOWN_VERSION = '1.17.0'

export function assertSsh2Version(): void {
  const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string }
  if (version === KNOWN_VERSION) return
  throw new Error(
    `ssh2 ${version} is installed, but only ${KNOWN_VERSION} was examined; run npm ci, or go through server/ssh/repairs/README.md`,
  )
}

/**
 * Whether ssh2 runs its compiled ciphers. They are optional and their build fails without a word;
 * without them a byte costs about twice the processor time, so whoever measures must know.
 */
export function isNativeCryptoInUse(): boolean {
  return crypto.bindingAvailable
}
