import { resolve } from 'node:path'
import type { Config } from './config.ts'
import type { ListenAddress } from './config/address.ts'
import { NAME, type Target } from './core/access.ts'
import { Begun } from './core/begun.ts'
import { type Network, parseSourceAddresses } from './core/certificate/source-address.ts'
import type { Clock } from './core/ports/deciding.ts'
import type { Refusal } from './core/verdict.ts'
import { startHttp } from './http/server.ts'
import { KeysInUse } from './keys-in-use.ts'
import { followKeys } from './keys/follow-keys.ts'
import { hostCas, type Keys, openKeys } from './keys/open-keys.ts'
import { followTrust, type Trust } from './keys/trust.ts'
import { clockCheck, freeSpaceCheck } from './operations/health.ts'
import type { LogLine } from './operations/log.ts'
import { createMetrics } from './operations/metrics.ts'
import { openReception } from './session/reception.ts'
import { startFront } from './ssh/front.ts'
import type { HostProof } from './ssh/shown-keys.ts'
import { isNativeCryptoInUse } from './ssh/library.ts'
import { watchRepairs } from './ssh/repairs/acted.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'
import { wireSession } from './wire-session.ts'
import { startJudge } from './workers/judge.ts'

/** A bastion that serves. `store` is for whoever started it: the demonstration target. */
export interface ServingNode {
  readonly id: string
  readonly ssh: ListenAddress & {
    /** One authorized_keys-style line. */
    readonly hostKey: string
    /** The same of each CA whose host certificates clients may believe. */
    readonly hostCas: readonly string[]
  }
  readonly http: { readonly url: string }
  readonly store: Store
  /** Refuses newcomers, waits so long for running sessions, ends them with a reason, stops. */
  stop(reason: string, drainSeconds: number): Promise<void>
}

const STOPPING: Refusal = { because: 'node-stopping' }
const STOPPING_SENTENCE = 'sallyport: the bastion is stopping; reconnect in a moment'
/** Well before they end, and often enough that a machine that slept catches up. */
const HOST_CERTIFICATE_RENEWAL_MS = 24 * 3600_000
/** How often a draining node looks whether its last session is over. */
const DRAIN_LOOK_MS = 100

interface Outside {
  readonly log: LogLine
  readonly version: string
}

/** Rejects when something cannot be opened, once everything that was is closed again. */
export async function serve(config: Config, outside: Outside): Promise<ServingNode> {
  const opened = new Begun()
  try {
    return await wire(config, outside, opened)
  } catch (error) {
    const { log } = outside
    return opened.failed(error, fault => log(`not everything could be closed again: ${fault}`, {}))
  }
}

/** Wires the parts, in the order in which they need each other. */
async function wire(
  config: Config,
  { log, version }: Outside,
  opened: Begun,
): Promise<ServingNode> {
  const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
  const metrics = createMetrics()
  const nativeCrypto = isNativeCryptoInUse()
  if (!nativeCrypto) log('ssh2 runs without its native crypto: slower, otherwise the same', {})

  const keys = await openKeys(config.keys)
  const store = await openStore(config, { node: { version, nativeCrypto }, clock, log })
  opened.add(reason => store.close(reason))
  for (const { name, fingerprint } of keys.made) {
    await store.journal.record({ kind: 'key-made', name, fingerprint })
  }
  opened.add(watchRepairs(repair => metrics.repaired(repair)))
  metrics.watchSpoolBytes(() => store.health().spoolBytes)
  metrics.watchQueueDepth('decisions', () => store.health().waitingDecisions)
  metrics.watchQueueDepth('chunks', () => store.health().waitingChunks)

  const inUse = new KeysInUse(keys, {
    config,
    clock,
    log,
    isRevoked: certificate => store.endings.isCertificateRevoked(certificate),
  })
  const endDistrusted = (): void => store.endings.distrust(identity => inUse.lostTrust(identity))
  endDistrusted()
  const keepsOld = (fault: string): void =>
    log(`the keys folder cannot be followed, so what it said before holds: ${fault}`, {})
  const follow = (changed: Trust): void => {
    inUse.believe(changed)
    endDistrusted()
  }
  opened.add(followTrust(keys.folder, follow, keepsOld))
  const judge = startJudge({
    onTrouble: (trouble, detail) => {
      metrics.refused(`judge-${trouble}`)
      log(`a line was not judged and so refused: ${detail}`, {})
    },
  })
  opened.add(() => judge.close())
  const reception = openReception(wireSession({ config, store, judge, inUse, metrics, clock, log }))
  metrics.watchLiveSessions(() => reception.live())
  const front = await startFront({
    config,
    ...inUse.hostProof(),
    jump: { find: findJumpTarget, certifyHost: names => inUse.hostProof(names).hostCertificates },
    balancers: networksOf(config.balancers),
    trust: inUse.userTrust,
    openVisit: reception.open,
    journal: store.journal,
    clock,
    log,
    count: (what, why) => {
      if (what.endsWith('refused')) metrics.refused(why)
    },
  })
  opened.add(async () => {
    // Programs that are ended speak their last words while the front closes.
    await Promise.all([reception.endAll(STOPPING), front.close(STOPPING_SENTENCE)])
  })
  const replace = (next: HostProof): boolean => front.replaceHostKeys(next)
  const takeUp = (changed: Keys): void => {
    inUse.takeUp(changed, replace)
    endDistrusted()
  }
  opened.add(followKeys(keys, takeUp, keepsOld))
  const renewing = setInterval(() => inUse.renew(replace), HOST_CERTIFICATE_RENEWAL_MS).unref()
  opened.add(() => clearInterval(renewing))
  const http = await startHttp({
    config: config.http,
    archive: store.archive,
    signIns: store.signIns,
    people: config.people,
    tokens: {
      issuers: config.issuers,
      otherAgents: config.userCas.flatMap(({ agents }) => Object.values(agents)),
      userCa: () => inUse.keys.userCa,
      certificates: store.certificates,
      limits: {
        perMinute: config.limits.certificatesPerMinute,
        perMinutePerAddress: config.limits.certificatesPerMinutePerAddress,
      },
    },
    ssh: () => ({
      host: config.publicSsh[0]?.host ?? null,
      port: config.publicSsh[0]?.port ?? front.address.port,
      hostKeys: inUse.hostKeys.map(({ publicKeyLine }) => publicKeyLine),
      hostCas: hostCas(inUse.keys).map(({ publicKeyLine }) => publicKeyLine),
    }),
    journal: store.journal,
    clock,
    checks: {
      ...store.checks,
      disk: freeSpaceCheck(config.home),
      clock: clockCheck(
        () => clock.nowMs(),
        () => store.databaseNowMs(),
      ),
    },
    metrics,
    log,
    // Run from the sources, the page is still the one that was built.
    assetsFolder: resolve(
      import.meta.dirname,
      import.meta.filename.endsWith('.ts') ? '../dist/replay-ui' : '../replay-ui',
    ),
  })
  opened.add(() => http.close())

  return {
    id: store.nodeId,
    ssh: {
      ...front.address,
      hostKey: inUse.hostKeys[0]?.publicKeyLine ?? '',
      hostCas: hostCas(inUse.keys).map(({ publicKeyLine }) => publicKeyLine),
    },
    http: { url: http.url },
    store,
    stop,
  }

  /** What `ssh -J` asks for: a target by its name, whatever the port, or by its exact address and port. */
  async function findJumpTarget(host: string, port: number): Promise<Target | null> {
    const named = NAME.test(host) ? await store.targets.find(host) : null
    return named ?? store.targets.findByAddress(host, port)
  }

  async function stop(reason: string, drainSeconds: number): Promise<void> {
    log(`stopping: ${reason}`, { liveSessions: reception.live() })
    front.drain(STOPPING_SENTENCE)
    const deadline = clock.monotonicMs() + drainSeconds * 1000
    while (reception.live() > 0 && clock.monotonicMs() < deadline) {
      await new Promise(wake => setTimeout(wake, DRAIN_LOOK_MS))
    }
    await opened.end(reason)
    log('stopped', {})
  }
}

/** Checked when the configuration was read; one that cannot be read after all is nobody's network. */
function networksOf(balancers: readonly string[]): Network[] {
  return balancers.flatMap(balancer => {
    const networks = parseSourceAddresses(balancer)
    return networks.ok ? networks.value : []
  })
}
