import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatKeyLine, parseBlobLine } from '../../../server/core/ssh-wire/key-line.ts'
import type { KeyType } from '../../../server/core/ssh-wire/public-key.ts'
import { softwareKey } from '../software-keys.ts'
import { type ClientKey, KEY_NAMES, type KeyName } from './real-client.ts'
import { startSecurityKeyAgent } from './security-key-agent.ts'

/** How a key comes to be: with ssh-keygen, or as a security key that software plays. */
const MAKING: Readonly<Record<KeyName, readonly string[] | KeyType>> = {
  ed25519: ['-t', 'ed25519'],
  // In PEM: paramiko 2.12 cannot read every ecdsa key that ssh-keygen writes in its own format.
  'ecdsa-256': ['-t', 'ecdsa', '-b', '256', '-m', 'PEM'],
  'ecdsa-384': ['-t', 'ecdsa', '-b', '384', '-m', 'PEM'],
  'ecdsa-521': ['-t', 'ecdsa', '-b', '521', '-m', 'PEM'],
  'rsa-sha2-256': ['-t', 'rsa', '-b', '3072', '-m', 'PEM'],
  'rsa-sha2-512': ['-t', 'rsa', '-b', '3072', '-m', 'PEM'],
  'sk-ed25519': 'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa': 'sk-ecdsa-sha2-nistp256@openssh.com',
}

export interface ClientKeys {
  of(name: KeyName): ClientKey
  close(): Promise<void>
}

/** A key of each name in `folder`, each with a certificate of the user CA for this agent and task. */
export async function makeClientKeys(
  folder: string,
  userCa: string,
  { agent, task }: { agent: string; task: string },
): Promise<ClientKeys> {
  const keys = new Map<KeyName, ClientKey>()
  const closings: (() => Promise<void>)[] = []
  for (const name of KEY_NAMES) {
    const making = MAKING[name]
    const file = join(folder, name)
    const certify = (): void => {
      const terms = [
        '-I',
        name,
        '-n',
        agent,
        '-V',
        '-5m:+1h',
        '-O',
        `extension:task@sallyport=${task}`,
      ]
      execFileSync('ssh-keygen', ['-q', '-s', userCa, ...terms, `${file}.pub`])
    }
    if (typeof making === 'string') {
      const key = softwareKey(making)
      writeFileSync(`${file}.pub`, `${formatKeyLine(key.publicKey, name)}\n`)
      certify()
      const certificate = parseBlobLine(readFileSync(`${file}-cert.pub`, 'utf8'))
      if (!certificate.ok) throw new Error(certificate.fault)
      const socket = join(folder, `${name}.agent`)
      const holder = await startSecurityKeyAgent(socket, key, certificate.value.blob)
      closings.push(() => holder.close())
      keys.set(name, { name, file, agent: socket })
    } else {
      execFileSync('ssh-keygen', ['-q', ...making, '-N', '', '-C', name, '-f', file])
      certify()
      keys.set(name, { name, file, agent: null })
    }
  }
  return {
    of(name) {
      const key = keys.get(name)
      if (key === undefined) throw new Error(`no key ${name}`)
      return key
    },
    async close() {
      await Promise.all(closings.map(close => close()))
    },
  }
}
