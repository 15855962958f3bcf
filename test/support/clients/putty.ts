import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type Origin, startProgram } from './programs.ts'
import { type ClientKey, isBefore, missing, type RealClient, type Task } from './real-client.ts'

export function plink(origin: Origin): RealClient {
  return {
    name: 'PuTTY plink',
    knowsHostBy: 'host CA',
    find() {
      const found = findProgram(origin, 'plink', /Release (\S+)/)
      const isOld = found.is === 'here' && isBefore(found.version, '0.78')
      return isOld ? missing(`${found.version} knows no certificates; 0.78 does`) : found
    },
    cannot: () => ({ 'rsa-sha2-256': { because: 'it signs with rsa-sha2-512 wherever it may' } }),
    start(task) {
      const { command, terminal, jump, host, user, port } = task
      const login = loginWords(task)
      const straight = ['-P', String(port), `${user}@${host}`]
      const outer = ['plink', ...login, '-nc', `${jump?.host}:22`, ...straight]
      const to =
        jump === null
          ? straight
          : ['-proxycmd', outer.map(quoted).join(' '), `${jump.user}@${jump.host}`]
      const words = [...login, ...(terminal ? ['-t'] : ['-T']), ...to, command]
      return startProgram(origin, task, 'plink', words, environment(task))
    },
  }
}

/** What stands before the destination in `plink`, `pscp` and `psftp` alike. */
export function loginWords({ key }: Task): string[] {
  if (key.agent !== null) return ['-batch', '-agent']
  return ['-batch', '-noagent', '-i', ppk(key), '-cert', `${key.file}-cert.pub`]
}

/** PuTTY keeps its settings in a folder; here it knows one host CA and re-keys often. */
export function environment({ folder, hosts }: Task): NodeJS.ProcessEnv {
  const settings = join(folder, 'putty')
  // Written once: another one may be reading it.
  if (existsSync(settings)) return { PUTTYDIR: settings }
  mkdirSync(join(settings, 'sshhostcas'), { recursive: true })
  mkdirSync(join(settings, 'sessions'), { recursive: true })
  const [, base64 = ''] = hosts.ca.split(' ')
  const ca = [`PublicKey=${base64}`, 'Validity=*', 'PermitRSASHA1=0']
  writeFileSync(join(settings, 'sshhostcas/bastion'), `${ca.join('\n')}\n`)
  writeFileSync(join(settings, 'sessions/Default%20Settings'), 'RekeyBytes=200K\n')
  return { PUTTYDIR: settings }
}

/** PuTTY reads only its own format. */
function ppk({ file }: ClientKey): string {
  const converted = `${file}.ppk`
  if (!existsSync(converted)) {
    execFileSync('puttygen', [file, '-O', 'private', '-o', converted], { stdio: 'pipe' })
  }
  return converted
}

/** For the shell that runs a proxy command. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
