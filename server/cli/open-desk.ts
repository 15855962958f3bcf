import { userInfo } from 'node:os'
import { type Clock, nowSeconds } from '../core/ports/deciding.ts'
import { loadConfig } from '../config/load.ts'
import type { Keys } from '../keys/open-keys.ts'
import type { Ledgers } from '../store/store.ts'
import { type Desk, type Machines, Misconfigured } from './desk.ts'
import type { PolicyDesk } from './policy-desk.ts'
import type { Screen } from './screen.ts'

/** A desk in the real world: the only place where the command meets the other rooms. */
export interface OpenDesk extends Desk, PolicyDesk {
  /** Closes what was opened. */
  close(): Promise<void>
}

export function openDesk(
  screen: Screen,
  env: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): OpenDesk {
  const config = once(async () => {
    const loaded = await loadConfig(env, workingDirectory)
    if (!loaded.ok) throw new Misconfigured(loaded.fault)
    return loaded.value
  })
  let ledgers: Promise<Ledgers> | null = null
  const books = once(async () => {
    const { openStore } = await import('../store/open.ts')
    // What the store says while a command runs belongs to the log of `up`; errors come as exceptions.
    const quiet = (): void => {}
    ledgers = openStore(await config(), { node: null, clock: CLOCK, log: quiet })
    return ledgers
  })
  const keys = once(async (): Promise<Keys> => {
    const { openKeys } = await import('../keys/open-keys.ts')
    const opened = await openKeys((await config()).keys)
    for (const { name, fingerprint } of opened.made) {
      const { journal } = await books()
      await journal.record({ kind: 'key-made', name, fingerprint })
    }
    return opened
  })
  const policyFiles = once(async () => {
    const { openPolicies } = await import('../policies/open-policies.ts')
    return openPolicies((await config()).policies)
  })
  return {
    screen,
    by: whoAmI(env),
    workingDirectory,
    nowMs: () => Date.now(),
    config,
    books,
    keys,
    policies: policyFiles,
    policyFiles,
    recordedCommands: once(async () => {
      const { recordedCommands } = await import('./recorded-commands.ts')
      return recordedCommands(await books())
    }),
    journal: async () => (await books()).journal,
    machines: once(async (): Promise<Machines> => {
      const [{ scanHostKey }, { checkTarget }, { createTargetward }, { makeTargetCredential }] =
        await Promise.all([
          import('../ssh/scan.ts'),
          import('../ssh/check-target.ts'),
          import('../ssh/upstream.ts'),
          import('../keys/target-credential.ts'),
        ])
      const { limits } = await config()
      const { targetCa, upstreamPrivateKey } = await keys()
      const targetward = createTargetward({
        limits,
        clock: CLOCK,
        upstreamKey: upstreamPrivateKey,
        certify: (terms, kind) => makeTargetCredential(targetCa, terms, kind, nowSeconds(CLOCK)),
        log: () => {},
      })
      return {
        scan: (host, port) => scanHostKey(host, port, limits),
        check: (target, login) => checkTarget(targetward, target, login),
      }
    }),
    async close() {
      // A store that did not open has nothing to close, and its fault was told where it was asked for.
      await ledgers?.then(opened => opened.close('the command is done')).catch(() => {})
    },
  }
}

const CLOCK: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

/** The account, and who stands behind it where sudo says so. Whoever may write here could claim anything. */
function whoAmI(env: Readonly<Record<string, string | undefined>>): string {
  const behind = env['SUDO_USER']
  const account = accountName()
  return behind && behind !== account ? `${account} (sudo by ${behind})` : account
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}` // a uid without a name, as containers have them
  }
}

/** Calls `make` when first asked, and remembers. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null
  return () => (made ??= make())
}
