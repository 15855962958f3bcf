import { RSA_LEAST_BITS } from '../certificate/user-ca.ts'
import type { Result } from '../result.ts'
import { parseKeyLine } from '../ssh-wire/key-line.ts'
import { type PublicKey, rsaBits } from '../ssh-wire/public-key.ts'
import type { TokenRefusal } from './refusal.ts'

/** Reads the key that a certificate is asked for. A certificate would be refused at login with any other. */
export function readAgentKey(line: string): Result<PublicKey, TokenRefusal> {
  const read = parseKeyLine(line)
  if (!read.ok) return { ok: false, fault: { because: 'public-key', fault: read.fault } }
  const { key } = read.value
  const bits = rsaBits(key)
  if (bits === null || bits >= RSA_LEAST_BITS) return { ok: true, value: key }
  const fault = `an RSA key needs ${RSA_LEAST_BITS} bits, this one has ${bits}`
  return { ok: false, fault: { because: 'public-key', fault } }
}
