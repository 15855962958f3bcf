import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { acted } from './acted.ts'

const LOGIN_SERVICE = 'ssh-userauth'

/**
 * Fault: ssh2's server ends the connection of a client that asks for the login service a second time
 * (server.js:1056). paramiko asks before every key that it tries, so whose agent held a plain key before
 * the certificate could not log in. sshd answers each time, until somebody has logged in.
 *
 * For the server's side, before the first key exchange is over. What a stranger may send is bounded elsewhere.
 */
export function acceptServiceAgain(protocol: Protocol): void {
  const handlers = protocol._handlers
  const first = handlers.SERVICE_REQUEST
  let isAccepted = false
  handlers.SERVICE_REQUEST = (itself, service) => {
    if (isAccepted && service === LOGIN_SERVICE && !protocol._authenticated) {
      acted('service-request')
      return protocol.serviceAccept(service)
    }
    isAccepted = true
    first(itself, service)
  }
}
