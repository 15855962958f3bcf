import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import type { Destination, Keyring } from '../../support/ssh-client.ts'

/** ssh2's own server, as shipped, that lets everybody in. */
export interface RawServer {
  destination(keyFile: string): Destination
  close(): void
}

export async function rawServer(
  keyring: Keyring,
  onSession: (session: ssh2.Session) => void,
): Promise<RawServer> {
  const server = new ssh2.Server({ hostKeys: [readFileSync(keyring.hostKeyFile)] }, client => {
    client.on('error', () => undefined)
    client.on('authentication', request => request.accept())
    client.on('session', accept => onSession(accept()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    destination: keyFile => ({
      host: '127.0.0.1',
      port,
      userName: 'x',
      hostKey: keyring.hostKey,
      keyFile,
    }),
    close: () => void server.close(),
  }
}
