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
      return error.message
  }
}
