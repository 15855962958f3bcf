/** As ssh2 and Node raise them. */
export type Ssh2Error = Error & { readonly code?: unknown; readonly level?: unknown }

/** Why a host could not be reached, in words that say where to look. */
export function explainDialFault(error: Ssh2Error): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused: no SSH server listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its host name cannot be resolved'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no route to it'
    default:
      return explainHandshake(error.message)
  }
}

/** What both sides must have one of in common, by ssh2's words for it and sshd_config's. */
const SETTINGS: Readonly<Record<string, string>> = {
  'key exchange algorithm': 'KexAlgorithms',
  'host key format': 'HostKeyAlgorithms',
  'C->S cipher': 'Ciphers',
  'S->C cipher': 'Ciphers',
  'C->S MAC': 'MACs',
  'S->C MAC': 'MACs',
}

function explainHandshake(message: string): string {
  const [, what = ''] = /no matching (.+)$/.exec(message) ?? []
  const setting = SETTINGS[what]
  return setting === undefined
    ? message
    : `it offers nothing under ${setting} that is safe by today's rules (no SHA-1, no CBC); update its sshd, or look at ${setting} in its sshd_config`
}
