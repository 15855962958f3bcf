import { sha256 } from '@noble/hashes/sha2.js'
import { encodeBase64 } from './base64.ts'

/** `SHA256:…`, as `ssh-keygen -l` prints it: of the key blob, in base64 without padding. */
export function fingerprint(key: { readonly blob: Uint8Array }): string {
  return `SHA256:${encodeBase64(sha256(key.blob)).replace(/=+$/, '')}`
}
