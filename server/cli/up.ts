import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { once } from 'node:events'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { configFile } from '../config/load.ts'
import { sshPlaces } from '../config/ssh-places.ts'
import { authorityLine } from '../core/ssh-wire/known-hosts.ts'
import type { ServingNode } from '../main.ts'
import type { Desk } from './desk.ts'
import { nextSteps } from './next-steps.ts'
import type { OfferedDemo } from './offer-demo.ts'
import type { Act } from './options.ts'
import { type Ready, readReady, removeReady, writeReady } from './ready-file.ts'
import type { Status } from './screen.ts'
import { signInUrl } from './sign-in-url.ts'
import { strayFailure } from './stray-failure.ts'
import { welcome } from './welcome.ts'

/** The link a fresh install prints waits while somebody reads the README. */
const FIRST_LINK_MS = 60 * 60_000
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export function addUpCommand(program: Command, desk: Desk, act: Act): void {
  program
    .command('up')
    .description('run the bastion here, until SIGTERM or Ctrl-C')
    .addHelpText(
      'after',
      '\nMakes keys where there are none, starts an embedded PostgreSQL unless DATABASE_URL names one,\nmigrates, serves SSH and the browser part, and prints what to type next.',
    )
    .action(act(() => up(desk)))
}

/** From an empty folder to a serving bastion, and back when told to stop. */
async function up(desk: Desk): Promise<Status> {
  const { screen } = desk
  const config = await desk.config()
  const running = await readReady(config.home)
  if (running !== null) {
    return screen.no(
      `a bastion runs from ${config.home} already (process ${running.pid}, ssh ${running.ssh.host}:${running.ssh.port}); stop it first, or set SALLYPORT_HOME to another folder`,
    )
  }
  // What lies here is evidence, and the demonstration target must not even list it. PostgreSQL, under a
  // uid of its own when we are root, passes through on the way to its data.
  mkdirSync(config.home, { recursive: true, mode: 0o700 })
  chmodSync(config.home, statSync(config.home).mode & 0o711)
  await removeReady(config.home)

  const stopped = stopSignal()
  const [{ serve }, { createLog, logLine }, { offerDemo }, { VERSION }] = await Promise.all([
    import('../main.ts'),
    import('../operations/log.ts'),
    import('./offer-demo.ts'),
    import('./version.ts'),
  ])
  const log = logLine(createLog({ pretty: process.stderr.isTTY === true, level: 'info' }))
  const stray = strayFailure(log)
  const node = await serve(config, { log, version: VERSION }).catch((error: unknown) => {
    throw explained(error, config)
  })
  let demo: OfferedDemo | null = null
  try {
    demo = await offerDemo({
      config,
      configFile: configFile(process.env, desk.workingDirectory),
      targets: node.store.targets,
      log,
    }).catch((error: unknown) => {
      // The bastion is what is needed; a machine may well be too bare for a demonstration.
      log(`no demonstration target: ${error instanceof Error ? error.message : String(error)}`, {})
      return null
    })
    const ready = readyOf(node, config, desk, demo, VERSION)
    // Before anybody can see that we are ready, so that what is printed then follows at once.
    const link = await firstLink(node, config, ready)
    await writeReady(config.home, ready)
    screen.print(
      welcome({
        ready,
        config,
        database: node.store.where,
        demo,
        firstLink: link,
        paint: screen.paint,
      }),
    )
    const over = await Promise.race([
      stopped.then(reason => ({ reason, isFault: false })),
      stray.then(reason => ({ reason, isFault: true })),
    ])
    await removeReady(config.home)
    // Nothing that a faulty process goes on doing is to be waited for.
    await node.stop(over.reason, over.isFault ? 0 : config.limits.drainSeconds)
    return over.isFault ? 1 : 0
  } finally {
    await removeReady(config.home)
    await demo?.stop()
  }
}

function readyOf(
  node: ServingNode,
  config: Config,
  desk: Desk,
  demo: OfferedDemo | null,
  version: string,
): Ready {
  const next = nextSteps({
    config,
    ssh: node.ssh,
    hasDemo: demo !== null,
    workingDirectory: desk.workingDirectory,
    command: ['node', ...process.execArgv, process.argv[1] ?? 'sallyport'],
    env: process.env,
  })
  const { host, port, hostKey, hostCas } = node.ssh
  const places = sshPlaces(config, node.ssh)
  const knownHosts = hostCas.map(ca => authorityLine(places, ca))
  const ssh = { host, port, hostKey, knownHosts }
  return { pid: process.pid, node: node.id, version, ssh, http: node.http, next }
}

/** A fresh install has nobody who could make links; it prints one until an administrator has signed in. */
async function firstLink(node: ServingNode, config: Config, ready: Ready): Promise<string | null> {
  if (await node.store.signIns.hasHadAdministrator()) return null
  const { token } = await node.store.signIns.makeLink(
    'administrator',
    'sallyport up',
    FIRST_LINK_MS,
  )
  return signInUrl(config, ready, token)
}

/** npm passes on a Ctrl-C that the terminal has sent us already: what comes so soon is the same one. */
const SAME_SIGNAL_MS = 1000

/** Resolves with the first signal; a second one does not wait for anything. */
async function stopSignal(): Promise<string> {
  const signal = await Promise.race(
    STOP_SIGNALS.map(async name => {
      await once(process, name)
      return name
    }),
  )
  const firstAt = performance.now()
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1)
    })
  }
  return signal
}

/** The two failures everybody meets, in words. */
function explained(error: unknown, config: Config): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  const isSsh = port === config.ssh.port
  const variable = isSsh ? 'SALLYPORT_SSH' : 'SALLYPORT_HTTP'
  const { host } = isSsh ? config.ssh : config.http
  if (code === 'EADDRINUSE') {
    return new Error(
      `${host}:${port} is in use by another program; stop that, or set ${variable} to another address (${variable}=0 takes any free port)`,
      { cause: error },
    )
  }
  if (code === 'EACCES' && port !== undefined && port < 1024) {
    return new Error(
      `port ${port} is reserved for root; set ${variable} to a port from 1024 on, or allow it: setcap cap_net_bind_service=+ep "$(command -v node)"`,
      { cause: error },
    )
  }
  return error
}
