import { readFileSync } from 'node:fs'
import { defaultLimits, type Limits } from '../../server/config/limits.ts'
import type { Identity, Target } from '../../server/core/access.ts'
import type { JournalEvent } from '../../server/core/audit/events.ts'
import { readUserCas } from '../../server/core/certificate/user-ca.ts'
import type { TargetConnection } from '../../server/core/ports/channels.ts'
import { parseKeyLine } from '../../server/core/ssh-wire/key-line.ts'
import { type Refusal, refusalLine } from '../../server/core/verdict.ts'
import type { ChannelRequest, OpenVisit, Visit } from '../../server/session/visit.ts'
import { type Front, type FrontOptions, startFront } from '../../server/ssh/front.ts'
import { createTargetward, type TargetwardOptions } from '../../server/ssh/upstream.ts'
import { noCertificate, testErrand } from '../support/errand.ts'
import type { Destination, Keyring } from '../support/ssh-client.ts'

/** A front with a visit of the test's own behind it, and what it wrote down. */
export interface Bastion {
  readonly front: Front
  readonly journal: JournalEvent[]
  readonly logged: string[]
  /** What was refused within a visit: the request and its detail. */
  readonly refused: { request: string; detail: string }[]
  readonly identities: Identity[]
  readonly userNames: string[]
  /** Ends every live visit. */
  end(refusal: Refusal): void
  destination(keyFile: string, userName?: string): Destination
  close(): Promise<void>
}

export type Serve = (request: ChannelRequest) => Promise<void>

export async function startBastion(
  keyring: Keyring,
  serve: Serve,
  limits: Partial<Limits> = {},
  {
    trustRevoked = () => false,
    ...more
  }: Partial<FrontOptions> & { trustRevoked?: () => boolean } = {},
): Promise<Bastion> {
  const journal: JournalEvent[] = []
  const logged: string[] = []
  const refused: { request: string; detail: string }[] = []
  const identities: Identity[] = []
  const userNames: string[] = []
  const endings = new Set<(refusal: Refusal) => void>()

  const openVisit: OpenVisit = (identity, userName): Visit => {
    identities.push(identity)
    userNames.push(userName)
    let end: (refusal: Refusal) => void = () => undefined
    const ended = new Promise<Refusal>(resolve => {
      end = resolve
    })
    endings.add(end)
    return {
      serve,
      async refuse(request, detail, why) {
        refused.push({ request, detail: Buffer.from(detail).toString() })
        if (why !== undefined) return refusalLine(why, '-')
        return `sallyport: denied: ${request} is not offered here (rule default, event -)`
      },
      ended,
      async leave() {
        endings.delete(end)
      },
    }
  }

  const ca = parseKeyLine(keyring.userCa)
  if (!ca.ok) throw new Error(ca.fault)
  const cas = readUserCas([{ key: ca.value.key }], [])
  if (!cas.ok) throw new Error(cas.fault.join())
  const front = await startFront({
    config: { ssh: { host: '127.0.0.1', port: 0 }, limits: { ...defaultLimits, ...limits } },
    hostKeys: [readFileSync(keyring.hostKeyFile)],
    hostCertificates: [],
    nextHostKeys: [],
    trust: { cas: cas.value, isRevoked: trustRevoked },
    openVisit,
    journal: {
      async record(event) {
        journal.push(event)
      },
    },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    log: message => logged.push(message),
    ...more,
  })
  return {
    front,
    journal,
    logged,
    refused,
    identities,
    userNames,
    end: refusal => {
      for (const end of endings) end(refusal)
    },
    destination: (keyFile, userName = 'box') => ({
      host: '127.0.0.1',
      port: front.address.port,
      userName,
      hostKey: keyring.hostKey,
      keyFile,
    }),
    close: () => front.close('sallyport: the test is over'),
  }
}

/**
 * Runs what the agent asks for on a real target, unjudged: stands for the session layer, whose own tests
 * show that it does more. One connection to the target for each bastion.
 */
export function relayTo(
  target: Target,
  key: string,
  more: Partial<TargetwardOptions> = {},
): { serve: Serve; close(): void } {
  const targetward = createTargetward({
    limits: defaultLimits,
    upstreamKey: key,
    certify: noCertificate,
    clock: { nowMs: () => Date.now() },
    log: () => undefined,
    ...more,
  })
  let connection: Promise<TargetConnection> | null = null

  const connect = async (): Promise<TargetConnection> => {
    const dialled = await targetward.dial(target, target.logins[0] ?? '', testErrand)
    if (!dialled.ok) throw new Error(dialled.fault.fault)
    return dialled.value
  }

  return {
    close: () => void connection?.then(link => link.close()).catch(() => undefined),
    async serve(request) {
      const { program, terminal, environment, client } = request
      if (program.is !== 'exec') return client.finish({ status: 126 })
      connection ??= connect()
      const link = await connection
      const running = await link.exec(program.command, {
        terminal,
        environment: Object.fromEntries(
          [...environment].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
        ),
      })
      request.onSignal(name => running.signal(name))
      request.onResize(size =>
        running.resize(size.columns, size.rows, size.widthPixels, size.heightPixels),
      )
      void client.gone.then(() => running.close())
      client.stdin.pipe(running.stdin)
      running.stdout.pipe(client.stdout, { end: false })
      running.stderr.pipe(client.stderr, { end: false })
      const over = [running.stdout, running.stderr].map(
        stream => new Promise(resolve => stream.once('close', resolve)),
      )
      const exit = await running.ended
      await Promise.all(over)
      await client.finish(exit)
    },
  }
}
