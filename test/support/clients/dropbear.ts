import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findProgram, type Origin, startProgram } from './programs.ts'
import { type ClientKey, DEEDS, each, KEY_NAMES, type RealClient } from './real-client.ts'

export function dbclient(origin: Origin): RealClient {
  return {
    name: 'dropbear dbclient',
    knowsHostBy: 'nothing',
    find: () => findProgram(origin, 'dbclient', /Dropbear v(\S+)/),
    // It knows no certificates: what is tried is whether its user learns that.
    cannot: () => ({
      ...each(KEY_NAMES, { says: /^sallyport: .* dropbear cannot use it, but ssh, .* can$/m }),
      ...each(['sk-ed25519', 'sk-ecdsa'], { because: 'it reads no public key of this type' }),
      ...each(DEEDS, { because: 'it cannot log in' }),
    }),
    start(task) {
      const { command, host, port, user } = task
      const words = ['-y', '-y', '-i', converted(task.key), '-p', String(port)]
      return startProgram(origin, task, 'dbclient', [...words, `${user}@${host}`, command])
    },
  }
}

/** dbclient reads only its own format. */
function converted({ file }: ClientKey): string {
  const own = `${file}.dropbear`
  if (!existsSync(own)) {
    execFileSync('dropbearconvert', ['openssh', 'dropbear', file, own], { stdio: 'pipe' })
  }
  return own
}
