/** Base64 with padding (RFC 4648 §4). Not `Buffer`: a browser reads keys and fingerprints, too. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Null for anything but the one proper spelling, so that a key has one line as it has one blob. */
export function decodeBase64(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0))
  return encodeBase64(bytes) === text ? bytes : null
}
