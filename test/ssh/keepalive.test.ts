import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { defaultLimits } from '../../server/config/limits.ts'
import { openReception } from '../../server/session/reception.ts'
import { createTargetward } from '../../server/ssh/upstream.ts'
import { noCertificate } from '../support/errand.ts'
import { grantFor, MemoryWorld } from '../support/memory-world.ts'
import { collect, type Keyring, makeKeyring, runSsh, startSsh } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, startBastion } from './bastion.ts'

/** Enough for an answer on a busy machine, and no more. */
const SOON = { everyMs: 300, missed: 3 }

describe('a peer that is gone without a word', () => {
  let keyring: Keyring
  let keyFile: string
  let sshd: Sshd
  let world: MemoryWorld
  let bastion: Bastion
  const stopped: number[] = []

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())

  /** The session's own logic between the two legs, and evidence that can be looked at. */
  beforeEach(async () => {
    sshd = await startSshd()
    world = new MemoryWorld()
    world.grants = [grantFor('alice', { login: sshd.login })]
    world.targets = [sshd.target({ name: 'web', credential: { is: 'upstream-key' } })]
    const targetward = createTargetward({
      limits: defaultLimits,
      upstreamKey: sshd.key,
      certify: noCertificate,
      clock: { nowMs: () => Date.now() },
      keepalive: SOON,
      log: () => undefined,
    })
    const reception = openReception({ ...world.surroundings, targetward })
    bastion = await startBastion(
      keyring,
      async () => {},
      {},
      { keepalive: SOON, openVisit: reception.open },
    )
  })
  afterEach(async () => {
    for (const pid of stopped.splice(0)) signal(pid, 'SIGKILL')
    await bastion.close()
    await sshd.stop()
  })

  const stop = (pid: number): void => {
    stopped.push(pid)
    process.kill(pid, 'SIGSTOP')
  }
  const isRunning = (): boolean => world.story.some(step => step === 'taped stdout started')
  const destination = () => bastion.destination(keyFile, `${sshd.login}+web`)

  it('is given up as a client, and its session is closed with a reason', async () => {
    const client = startSsh(destination(), keyring.directory, [], ['echo started; exec sleep 10'])
    await until(isRunning)
    stop(client.pid ?? 0)
    await until(() => bastion.front.connections().total === 0)
    await until(() => world.story.includes('closed: the agent disconnected'))
    assert.ok(bastion.logged.includes('connection: Keepalive timeout'))
  })

  it('is given up as a target: the command ends, and why is written down', async () => {
    const running = collect(
      startSsh(destination(), keyring.directory, [], ['echo started; exec sleep 10']),
    )
    await until(isRunning)
    for (const pid of descendants(sshd.pid)) stop(pid)
    assert.equal((await running).status, 255, 'as ssh says it of a connection that was lost')
    await until(() => world.story.some(step => step.startsWith('closed: ')))
    const lost = world.events.find(({ kind }) => kind === 'target-failed')
    assert.ok(lost?.kind === 'target-failed')
    assert.equal(lost.fault, 'it does not answer any more')
  })

  it('is not who only says nothing', async () => {
    const ran = await runSsh(destination(), keyring.directory, { command: ['sleep 2; echo here'] })
    assert.equal(ran.stdout.toString(), 'here\n', ran.stderr)
    assert.equal(ran.status, 0)
  })
})

/** Every process that comes from this one, and not itself. */
function descendants(pid: number): number[] {
  const parents = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
  const childrenOf = (parent: number): number[] =>
    parents.flatMap(([child = 0, of]) => (of === parent ? [child, ...childrenOf(child)] : []))
  return childrenOf(pid)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already, which is what was wanted.
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}
