import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type Origin, startProgram } from './programs.ts'
import type { RealClient, Task } from './real-client.ts'

export function openssh(origin: Origin): RealClient {
  return {
    name: 'OpenSSH',
    knowsHostBy: 'host CA',
    find: () => findProgram(origin, 'ssh', /OpenSSH_(\S+?),? /),
    cannot: () => ({}),
    start(task) {
      const { command, terminal, jump } = task
      const config = writeConfig(task)
      const to = jump === null ? ['bastion'] : ['-J', 'bastion', `${jump.user}@${jump.host}`]
      const words = ['-F', config, ...(terminal ? ['-tt'] : []), ...to, command]
      return startProgram(origin, task, 'ssh', words)
    },
  }
}

/**
 * What an agent's ssh_config says, for the host `bastion` and for targets behind it. Returns its bare
 * name: `ssh -J` hands the path on unquoted.
 */
export function writeConfig({ key, hosts, host, port, user, folder, jump }: Task): string {
  const name = `ssh_config-${key.name}-${jump === null ? 'straight' : 'jump'}`
  // Written once: another one may be reading it.
  if (existsSync(join(folder, name))) return name
  const lines = [
    'Host bastion',
    `  HostName ${host}`,
    `  Port ${port}`,
    `  User ${user}`,
    'Host *',
    `  UserKnownHostsFile "${hosts.byCa}"`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    // Of a security key there is only the public half here; an agent holds the other.
    `  IdentityFile "${key.file}${key.agent === null ? '' : '.pub'}"`,
    `  CertificateFile "${key.file}-cert.pub"`,
    '  IdentitiesOnly yes',
    `  IdentityAgent ${key.agent === null ? 'none' : `"${key.agent}"`}`,
    '  BatchMode yes',
    // Below this, OpenSSH re-keys for every packet: it takes the bytes of the next one for blocks.
    '  RekeyLimit 1M',
  ]
  if (key.name.startsWith('rsa-')) {
    lines.push(`  PubkeyAcceptedAlgorithms ${key.name}-cert-v01@openssh.com,${key.name}`)
  }
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  return name
}
