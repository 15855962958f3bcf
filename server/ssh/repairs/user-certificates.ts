import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { byte, MESSAGE, string } from '../connection/wire.ts'
import { sendMessage } from '../transport.ts'
import { acted } from './acted.ts'

/** What logs in: a certificate and whoever holds the key in it. */
export interface CertifiedLogin {
  /** The public key algorithm name of the request, such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly algorithm: string
  readonly certificate: Uint8Array
  /** Returns a whole signature blob (RFC 4253 §6.6). */
  sign(bytes: Uint8Array): Uint8Array
}

/**
 * Fault: ssh2's client cannot log in with a certificate: it offers and signs with the plain key's name.
 * For the client's side, before the login; ssh2 still decides when a key is offered, this decides which.
 */
export function logInWithCertificate(protocol: Protocol, login: CertifiedLogin): void {
  protocol.authPK = (userName, _key, _algorithm, signing) => {
    const request = Buffer.concat([
      byte(MESSAGE.userauthRequest),
      string(userName),
      string('ssh-connection'),
      string('publickey'),
      byte(signing === undefined ? 0 : 1),
      string(login.algorithm),
      string(login.certificate),
    ])
    if (signing === undefined) {
      // ssh2 tells the answers to login requests apart by this queue.
      protocol._authsQueue.push('publickey')
      return sendMessage(protocol, [request])
    }
    acted('user-certificates')
    const sessionId = protocol._kex?.sessionID ?? Buffer.alloc(0)
    const signature = login.sign(Buffer.concat([string(sessionId), request]))
    protocol._authsQueue.push('publickey')
    sendMessage(protocol, [request, string(signature)])
  }
}
