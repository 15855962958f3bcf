import type { Result } from '../result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { parsePublicKey, type PublicKey } from './public-key.ts'
import { WireReader } from './reader.ts'
import { WireFault } from './wire-fault.ts'

/** One line as in a `.pub` file: a type, the blob in base64, a comment. */
export interface BlobLine {
  readonly type: string
  readonly blob: Uint8Array
  readonly comment: string
}

/** The longest line that is read: room for an RSA certificate with many principals. */
const LINE_MOST_CHARACTERS = 65_536

/**
 * Reads one line as in a `.pub` file. Options before the type (as authorized_keys may have them) are
 * a fault: we would have to obey them.
 */
export function parseBlobLine(line: string): Result<BlobLine, string> {
  if (line.length > LINE_MOST_CHARACTERS) return { ok: false, fault: 'the line is too long' }
  const trimmed = line.trim()
  if (trimmed.startsWith('-----BEGIN')) {
    return { ok: false, fault: 'this is a private key; give the public one (the .pub file)' }
  }
  if (/[\r\n]/.test(trimmed)) return { ok: false, fault: 'expected one line, found several' }
  const [type = '', base64 = '', ...comment] = trimmed.split(/[ \t]+/)
  const blob = decodeBase64(base64)
  if (base64 === '' || blob === null) {
    return { ok: false, fault: 'expected a line like "ssh-ed25519 AAAA… comment", without options' }
  }
  try {
    if (new WireReader(blob).text('key type') !== type) {
      return { ok: false, fault: 'the type before the key is not the one inside it' }
    }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error
  }
  return { ok: true, value: { type, blob, comment: comment.join(' ') } }
}

/** Reads a public key from one line as in a `.pub` file; a certificate is a fault. */
export function parseKeyLine(
  line: string,
): Result<{ readonly key: PublicKey; readonly comment: string }, string> {
  const read = parseBlobLine(line)
  if (!read.ok) return read
  if (read.value.type.includes('-cert-v')) {
    return { ok: false, fault: 'this is a certificate; give the plain public key' }
  }
  const key = parsePublicKey(read.value.blob)
  return key.ok ? { ok: true, value: { key: key.value, comment: read.value.comment } } : key
}

/** Without a line break. `comment` may be empty. */
export function formatBlobLine(type: string, blob: Uint8Array, comment: string): string {
  return [type, encodeBase64(blob), comment].filter(part => part !== '').join(' ')
}

export function formatKeyLine(key: PublicKey, comment: string): string {
  return formatBlobLine(key.type, key.blob, comment)
}
