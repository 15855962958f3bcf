import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config.ts'
import type { Target } from '../core/access.ts'
import type { NewTarget, TargetBook } from '../core/ports/administration.ts'
import { parsePrivateKey } from '../core/ssh-wire/private-key.ts'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import { confinements } from '../demo/confinement.ts'
import { DEMO_TAG } from '../demo/guard-own-paths.ts'
import { makeSharedFolder } from '../demo/inmate.ts'
import { keepDemo } from '../demo/keep-demo.ts'
import { SHELL } from '../demo/programs.ts'
import { findStranger, lookAround } from '../demo/surroundings.ts'
import { readSecret, writeSecretOnce } from '../keys/key-file.ts'
import { makePrivateKey } from '../keys/key-material.ts'

export const DEMO_TARGET = 'demo'
export const DEMO_LOGIN = 'demo'

export interface OfferedDemo {
  /** How it is confined, in words; null where nothing held. */
  readonly isolation: string | null
  /** Why better ways did not hold here. */
  readonly failures: readonly string[]
  stop(): Promise<void>
}

export interface DemoNeeds {
  readonly config: Config
  readonly configFile: string | null
  readonly targets: TargetBook
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Starts and registers the demonstration target, unless there are targets and it is none of them. Null
 * when it is not wanted.
 */
export async function offerDemo(needs: DemoNeeds): Promise<OfferedDemo | null> {
  const { config, targets, log } = needs
  const known = await targets.list()
  const before =
    known.find(({ name, tags }) => name === DEMO_TARGET && tags.includes(DEMO_TAG)) ?? null
  if (known.length > 0 && before === null) return null

  const folder = join(config.home, 'demo')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const hostKey = await ownKey(join(folder, 'host_key'))
  // Not keys/upstream: that one may be rotated while we run, and nobody has to tell this target.
  const loginKey = await ownKey(join(folder, 'login_key'))
  const shared = makeSharedFolder(join(folder, 'shared'))
  const stranger = findStranger(createHash('sha256').update(config.home).digest().readUInt32BE())
  const { tls } = config.http
  const secretFolders = [config.home, config.keys, config.policies]
  const secretFiles = [needs.configFile, tls?.certificateFile ?? null, tls?.keyFile ?? null].filter(
    path => path !== null,
  )
  const surroundings = lookAround(
    {
      project: PROJECT,
      secretFolders,
      secretFiles,
      folder,
      shared: shared.path,
      login: DEMO_LOGIN,
      shell: SHELL,
    },
    stranger,
  )
  const demo = await keepDemo({
    command: [process.execPath, ...process.execArgv.map(absolute), PROCESS],
    confinements: confinements(process.getuid?.() === 0, surroundings, stranger),
    shared: shared.path,
    hostKey: hostKey.privateKey,
    authorizedKey: loginKey.publicKey,
    login: DEMO_LOGIN,
    stranger,
    forbidden: { read: whatMustStaySecret(needs), write: surroundings.shown },
    port: before?.port ?? 0,
    log,
  }).catch((error: unknown) => {
    shared.remove()
    throw error
  })
  await register(targets, before, {
    name: DEMO_TARGET,
    host: '127.0.0.1',
    port: demo.port,
    logins: [DEMO_LOGIN],
    trust: { by: 'host-key', publicKey: hostKey.publicKey },
    credential: { is: 'key-file', path: loginKey.path },
    shell: SHELL.endsWith('bash') ? 'bash' : 'sh',
    tags: [DEMO_TAG],
    restricted: !demo.confinement.isConfined,
  })
  return {
    isolation: demo.confinement.isConfined ? demo.confinement.name : null,
    failures: demo.failures,
    async stop() {
      await demo.stop()
      shared.remove()
    },
  }
}

/**
 * Without a namespace only permissions hide, and policies or a configuration without a password may well
 * be open to everybody on the machine: that alone is no way out.
 */
function whatMustStaySecret({ config, configFile }: DemoNeeds): string[] {
  const files = [config.http.tls?.keyFile ?? null, config.database.url === null ? null : configFile]
  return [config.home, config.keys, ...files.filter(path => path !== null)]
}

/** This file lies in server/cli, in the sources or in dist. */
const HERE = fileURLToPath(import.meta.url)
const PROCESS = resolve(HERE, `../demo-process${extname(HERE)}`)
const PROJECT = existsSync(resolve(HERE, '../../../package.json'))
  ? resolve(HERE, '../../..')
  : resolve(HERE, '../../../..')

/** The confined process starts in `/`, where a bare `tsx` would not be found. */
function absolute(argument: string): string {
  const [, option = '', name] = /^(--import=)?(tsx)$/.exec(argument) ?? []
  if (name === undefined) return argument
  return option + pathToFileURL(createRequire(import.meta.url).resolve(name)).href
}

async function ownKey(
  path: string,
): Promise<{ path: string; privateKey: string; publicKey: string }> {
  await writeSecretOnce(path, makePrivateKey('ed25519', 'sallyport demo'))
  const privateKey = await readSecret(path)
  const parsed = parsePrivateKey(privateKey ?? '')
  if (privateKey === null || !parsed.ok) {
    throw new Error(`${path} is no private key; remove it to have a new one made`)
  }
  return { path, privateKey, publicKey: formatKeyLine(parsed.value.publicKey, '') }
}

/** Targets are facts and never change, so a new port or key is a removal and an addition. */
async function register(targets: TargetBook, before: Target | null, now: NewTarget): Promise<void> {
  const isSame =
    before !== null &&
    before.port === now.port &&
    before.restricted === now.restricted &&
    before.trust.publicKey === now.trust.publicKey &&
    isDeepStrictEqual(before.credential, now.credential)
  if (isSame) return
  if (before !== null) await targets.remove(before.name, 'sallyport up')
  await targets.add(now, 'sallyport up')
}
