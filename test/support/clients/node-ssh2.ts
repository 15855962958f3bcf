import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startProgram } from './programs.ts'
import { DEEDS, each, here, KEY_NAMES, type RealClient } from './real-client.ts'

/** The library that the bastion itself is built on, as its users have it. */
export const nodeSsh2: RealClient = {
  name: 'ssh2 for Node',
  knowsHostBy: 'host key',
  find() {
    const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string }
    return here(version)
  },
  cannot: () => ({
    ...each(KEY_NAMES, { says: /^sallyport: .* ssh2 for Node cannot use it, but ssh, .* can$/m }),
    ...each(['sk-ed25519', 'sk-ecdsa'], { because: 'it reads no public key of this type' }),
    ...each(DEEDS, { because: 'it cannot log in' }),
  }),
  start(task) {
    const script = join(import.meta.dirname, 'node-ssh2-client.ts')
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    const { host, port, user, command, key, hosts } = task
    const told = { host, port, user, command, keyFile: key.file, knownHosts: hosts.byKey }
    const words = ['--import', tsx, script, JSON.stringify(told)]
    return startProgram({ is: 'system' }, task, process.execPath, words)
  },
}
