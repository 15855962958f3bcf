import { dbclient } from './dropbear.ts'
import { newerClients } from './newer-clients.ts'
import { nodeSsh2 } from './node-ssh2.ts'
import { openssh } from './openssh.ts'
import { plink } from './putty.ts'
import { asyncssh, libssh, libssh2, paramiko } from './python.ts'
import type { RealClient } from './real-client.ts'

/** Every kind twice: as this system has it, and as Debian 13 does. */
export function allClients(): { client: RealClient; from: 'this system' | 'Debian 13' }[] {
  const newer = newerClients()
  const kinds = [openssh, plink, paramiko, asyncssh, libssh, libssh2, dbclient]
  return [
    ...kinds.flatMap(kind => [
      { client: kind({ is: 'system' }), from: 'this system' } as const,
      { client: kind(newer), from: 'Debian 13' } as const,
    ]),
    { client: nodeSsh2, from: 'this system' },
  ]
}
