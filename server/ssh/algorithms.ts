import { POST_QUANTUM_KEX } from './repairs/post-quantum.ts'

/**
 * What targets may speak; some of them are old. No SHA-1, no CBC, no group 1 or 14-sha1, no compression
 * (it would inflate what strangers send before the login).
 */
export const TARGET_ALGORITHMS = {
  kex: [
    POST_QUANTUM_KEX,
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes256-ctr',
    'aes192-ctr',
    'aes128-ctr',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
  compress: ['none'],
} as const

/**
 * What clients may speak. Without NIST's curves and group 14, which no client of today is left with:
 * those under FIPS rules have group 16.
 */
export const CLIENT_ALGORITHMS = {
  ...TARGET_ALGORITHMS,
  kex: [
    POST_QUANTUM_KEX,
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'diffie-hellman-group16-sha512',
  ],
  // The last one is libssh2's of before 1.11 (Debian 12 has 1.10), which knows neither -etm nor GCM.
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256'],
} as const

/** Host keys of targets, best first. */
export const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const
