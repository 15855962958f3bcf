import ssh2 from 'ssh2'
import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import type { Result } from '../../core/result.ts'
import { acted } from './acted.ts'

/** How a host may sign with an RSA key (RFC 8332 §3), by the hash; the better one first. */
const RSA_HASHES = { 'rsa-sha2-512': 'sha512', 'rsa-sha2-256': 'sha256' } as const

/**
 * Fault: for an RSA host key ssh2's server offers SHA-1 (`ssh-rsa`), whatever list it is given
 * (server.js:269). So it gets to see none of that type, but the same key once under each name that may be
 * agreed on.
 *
 * @returns one for each name.
 */
export function readHostKey(privateKey: string | Buffer): Result<HostKey[], string> {
  const key = ssh2.utils.parseKey(privateKey) as unknown as HostKey | Error
  if (key instanceof Error) return { ok: false, fault: key.message }
  if (key.type !== 'ssh-rsa') return { ok: true, value: [key] }
  // Inherits the marks by which ssh2 knows its own parsed keys.
  const named = Object.entries(RSA_HASHES).map(([name, hash]) =>
    Object.create(key, {
      type: { value: name },
      sign: {
        value: (data: Buffer) => {
          acted('rsa-host-keys')
          return key.sign(data, hash)
        },
      },
    }),
  )
  return { ok: true, value: named as HostKey[] }
}
