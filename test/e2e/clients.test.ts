import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bastion } from '../support/bastion.ts'
import { allClients } from '../support/clients/all-clients.ts'
import { type ClientKeys, makeClientKeys } from '../support/clients/client-keys.ts'
import { writeKnownHosts } from '../support/clients/known-hosts.ts'
import {
  type Cannot,
  type Deed,
  type Inabilities,
  KEY_NAMES,
  type KeyName,
  type KnownHosts,
  type RealClient,
  type Task,
} from '../support/clients/real-client.ts'
import { type Cell, type ClientRow, formatTable } from '../support/clients/table.ts'
import { grant, register } from '../support/registered.ts'
import { collect, type Ran } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const POLICY = `version: 1
name: clients
default: deny
rules:
  - id: speak
    program: [echo, wc, head, exit, tty]
    verdict: allow
`

/** Reads all its input, speaks on both streams, and ends in its own way. */
const COMMAND = 'wc -c; echo err >&2; head -c 300000 /dev/zero; exit 7'
const INPUT = Buffer.alloc(300_000, 'x')
const OUTPUT = Buffer.concat([Buffer.from('300000\n'), Buffer.alloc(300_000)])

const AGENT = { agent: 'agent-7', task: 'T-1' }

/** A client that says nothing for this long never will. */
const HANGS_AFTER_MS = 30_000

/** Two at a time: there are as many processors where these tests run. */
const AT_ONCE = 2

describe('clients as they are, with each key they know', function () {
  this.timeout(180_000)
  let bastion: Bastion
  let sshd: Sshd
  let keys: ClientKeys
  let folder: string
  let hosts: KnownHosts
  const rows: ClientRow[] = []
  const absent: string[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-clients-'))
    // The start-up files of whoever runs the tests speak up now and then.
    sshd = await startSshd({ environment: { HOME: folder } })
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, sshd, AGENT.agent, 'T-0')
    bastion.write('var/policies/clients.yaml', POLICY)
    await grant(bastion, sshd, AGENT.agent, AGENT.task, '1h', 'clients')
    keys = await makeClientKeys(folder, join(bastion.folder, 'keys/user_ca'), AGENT)
    const { host, port } = bastion.ready.ssh
    const [ca = '', ...plain] = ['host_ca', 'host_ed25519', 'host_ecdsa'].map(name =>
      readFileSync(join(bastion.folder, 'keys', `${name}.pub`), 'utf8').trim(),
    )
    hosts = writeKnownHosts(folder, [`[${host}]:${port}`, 'box'], plain, ca)
  })

  after(async () => {
    process.stdout.write(`\n${[formatTable(rows), ...absent].join('\n')}\n\n`)
    await keys?.close()
    await bastion?.stop()
    await sshd?.stop()
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  for (const { client, from } of allClients()) {
    it(`${client.name} of ${from}`, async () => {
      const found = client.find()
      if (found.is === 'missing') {
        absent.push(`${client.name} of ${from} is not here: ${found.why}`)
        return
      }
      const row: ClientRow = {
        client: client.name,
        version: found.version,
        knowsHostBy: client.knowsHostBy,
        cells: new Map(),
      }
      rows.push(row)
      const faults: string[] = []
      const waiting = attemptsOf(client.cannot(found.version))
      const attend = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { fault, cell } = await tryOut(client, next)
          row.cells.set(next.what, cell)
          if (fault !== null) faults.push(`${next.what}: ${fault}`)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, attend))
      assert.deepEqual(faults, [])
    })
  }

  interface Attempt {
    readonly what: KeyName | Deed
    readonly cannot: Cannot | undefined
    readonly task: Task
    readonly expect: (ran: Ran) => void
  }

  function attemptsOf(cannot: Inabilities): Attempt[] {
    const { host, port } = bastion.ready.ssh
    const user = `${sshd.login}+box`
    const some = KEY_NAMES.find(name => cannot[name] === undefined) ?? KEY_NAMES[0]
    const plainly: Task = {
      host,
      port,
      user,
      folder,
      hosts,
      key: keys.of(some),
      command: COMMAND,
      terminal: false,
      jump: null,
    }
    const jump = { host: 'box', user: sshd.login }
    const attempts: Omit<Attempt, 'cannot'>[] = [
      ...KEY_NAMES.map(name => ({
        what: name,
        task: { ...plainly, key: keys.of(name) },
        expect: expectWhole,
      })),
      { what: 'denial', task: { ...plainly, command: 'rm -rf /srv' }, expect: expectDenial },
      { what: 'terminal', task: { ...plainly, command: 'tty', terminal: true }, expect: expectTty },
      { what: 'jump', task: { ...plainly, jump }, expect: expectWhole },
    ]
    return attempts.map(attempt => ({ ...attempt, cannot: cannot[attempt.what] }))
  }
})

interface Tried {
  readonly fault: string | null
  readonly cell: Cell
}

async function tryOut(
  client: RealClient,
  { cannot, task, expect }: { cannot: Cannot | undefined; task: Task; expect: (ran: Ran) => void },
): Promise<Tried> {
  if (cannot !== undefined && 'because' in cannot) {
    return { fault: null, cell: { is: 'cannot', says: cannot.because } }
  }
  const ran = await run(client, task)
  try {
    if (cannot === undefined) {
      expect(ran)
      return { fault: null, cell: { is: 'works' } }
    }
    assert.notEqual(ran.status, 0)
    assert.equal(ran.stdout.length, 0)
    assert.match(ran.stderr, cannot.says)
    return { fault: null, cell: { is: 'cannot', says: cannot.says.exec(ran.stderr)?.[0] ?? '' } }
  } catch (error) {
    const said = `status ${ran.status}: ${ran.stderr.slice(-1000)}`
    return {
      fault: `${String(error)}\n${said}`,
      cell: { is: 'cannot', says: 'a fault, see above' },
    }
  }
}

async function run(client: RealClient, task: Task): Promise<Ran> {
  const child = client.start(task)
  const patience = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS)
  try {
    return await collect(child, task.terminal ? '' : INPUT)
  } finally {
    clearTimeout(patience)
  }
}

function expectWhole({ status, stdout, stderr }: Ran): void {
  assert.equal(stderr, 'err\n')
  assert.equal(status, 7)
  assert.ok(stdout.equals(OUTPUT), `${stdout.length} bytes of output`)
}

function expectDenial({ status, stdout, stderr }: Ran): void {
  assert.match(
    stderr,
    /^sallyport: denied: [^\n]* rm[^\n]* \(rule default, event [0-9a-f-]+:\d+\)\n$/,
  )
  assert.equal(status, 126)
  assert.equal(stdout.length, 0)
}

function expectTty({ status, stdout, stderr }: Ran): void {
  assert.match(stdout.toString(), /^\/dev\/pts\/\d+\r\n$/)
  assert.doesNotMatch(stderr, /sallyport/)
  assert.equal(status, 0)
}
