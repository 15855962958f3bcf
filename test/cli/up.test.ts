import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Bastion, collect, type Outcome } from '../support/bastion.ts'

const root = resolve(import.meta.dirname, '../..')

/** Loaded beside the bastion: fails on a signal as a forgotten promise would. */
const FORGETFUL = `data:text/javascript,process.on('SIGUSR2',()=>{void%20Promise.reject(new%20Error('nobody%20took%20this'))})`

describe('a bastion with a fault of its own', function () {
  this.timeout(90_000)
  let bastion: Bastion

  afterEach(() => bastion.stop())

  it('says so with the stack, ends its sessions in order and leaves with status 1', async () => {
    bastion = new Bastion({ NODE_OPTIONS: `--import=${FORGETFUL}` })
    await bastion.up()
    process.kill(bastion.pid, 'SIGUSR2')
    assert.equal(await bastion.exit(), 1)
    assert.match(bastion.output, /which ends it; please report it: nobody took this/)
    assert.match(
      bastion.output,
      /"origin":"unhandledRejection","stack":"Error: nobody took this\\n {4}at /,
    )
    assert.match(bastion.output, /"stopped"/)
    assert.ok(!existsSync(join(bastion.folder, 'var/ready.json')))
  })
})

describe('sallyport up', function () {
  this.timeout(90_000)
  let bastion: Bastion

  before(async () => {
    bastion = new Bastion()
    await bastion.up()
  })
  after(() => bastion.stop())

  /** As somebody pastes it into a second terminal: a shell that knows nothing of the first one's settings. */
  function paste(line: string): Promise<Outcome> {
    const env = { PATH: process.env['PATH'], HOME: bastion.folder, TERM: 'dumb' }
    return collect(spawn('sh', ['-c', line], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] }))
  }

  it('says in ready.json how other programs find it', async () => {
    const { ready } = bastion
    assert.match(ready.ssh.hostKey, /^ssh-ed25519 AAAA/)
    assert.ok(ready.ssh.port > 0)
    const health = await fetch(`${ready.http.url}/healthz`)
    assert.equal(health.status, 200)
  })

  it('prints a link that signs in once, on a fresh install', () => {
    assert.match(bastion.output, /Nobody has signed in yet\.[\s\S]*\/sign-in#[A-Za-z0-9_-]{43}/)
  })

  it('offers a demonstration target that is apart from it, and says how', () => {
    assert.match(bastion.output, /demo {5}a shell on this machine to try things on, apart from it/)
  })

  it('prints commands that work pasted one after another', async () => {
    const [makeKey, certify, grant, allowed, denied, signIn, ...more] = bastion.ready.next
    assert.deepEqual(more, [])
    for (const line of [makeKey, certify, grant]) {
      assert.ok(line !== undefined && bastion.output.includes(`\n${line}\n`), line)
      const { status, stderr } = await paste(line)
      assert.equal(status, 0, stderr)
    }
    const ran = await paste(allowed ?? '')
    assert.equal(ran.status, 0, ran.stderr)
    assert.match(ran.stdout, /^Linux [\s\S]*load average/)
    assert.equal(ran.stderr, '')

    const refused = await paste(denied ?? '')
    assert.equal(refused.status, 126)
    assert.equal(refused.stdout, '')
    assert.match(
      refused.stderr,
      /^sallyport: denied: [^\n]*shadow[^\n]* \(rule protect, event [0-9a-f-]{36}:\d+\)\n$/,
    )

    const link = (await paste(signIn ?? '')).stdout.trim()
    const token = new URL(link).hash.slice(1)
    const redeem = async () =>
      fetch(`${bastion.ready.http.url}/api/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: bastion.ready.http.url },
        body: JSON.stringify({ token }),
      })
    assert.equal((await redeem()).status, 200)
    assert.equal((await redeem()).status, 401)
  })

  it('lets the commands be pasted a second time', async () => {
    for (const line of bastion.ready.next) {
      const { status, stderr } = await paste(line)
      assert.ok(status === 0 || status === 126, `${line}\n${stderr}`)
    }
  })

  it('is what the tour plays against: allowed and denied commands, and the replay', async () => {
    const { status, stdout, stderr } = await bastion.run('demo')
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /\$ ssh demo@bastion "uname -sr; uptime"\n {3}Linux /)
    assert.equal(stdout.match(/\(exit status 0\)/g)?.length, 2, stdout)
    assert.equal(stdout.match(/\(exit status 126\)/g)?.length, 3, stdout)
    const [, session] = /sallyport session show ([0-9a-f-]{36})/.exec(stdout) ?? []
    assert.ok(stdout.includes(`/sign-in?next=%2Fsessions%2F${session}#`), stdout)
    const shown = JSON.parse(await bastion.must('session', 'show', session ?? '', '--json')) as {
      allowed: number
      denied: number
    }
    assert.deepEqual([shown.allowed, shown.denied], [2, 3])
  })

  it('is found well by the doctor', async () => {
    const findings = JSON.parse((await bastion.run('doctor', '--targets', '--json')).stdout) as {
      about: string
      outcome: string
      found: string
    }[]
    const broken = findings.filter(({ outcome }) => outcome === 'broken')
    assert.deepEqual(broken, [])
    assert.ok(findings.some(({ about, found }) => about === 'running' && / is ready/.test(found)))
    assert.ok(findings.some(({ found }) => found.startsWith('demo+demo: ')))
  })

  it('runs once from one folder', async () => {
    const second = await bastion.run('up')
    assert.equal(second.status, 1)
    assert.match(
      second.stderr,
      /a bastion runs from .* already \(process \d+, ssh 127\.0\.0\.1:\d+\)/,
    )
    assert.ok(existsSync(join(bastion.folder, 'var/ready.json')))
  })

  it('says which variable moves it when its port is taken', async () => {
    const other = new Bastion({ SALLYPORT_SSH: `127.0.0.1:${bastion.ready.ssh.port}` })
    try {
      await assert.rejects(
        other.up(),
        /exit 1[\s\S]*is in use by another program; stop that, or set SALLYPORT_SSH/,
      )
    } finally {
      await other.stop()
    }
  })

  it('is gone without a trace after a Ctrl-C that npm says once more, and comes back with the same target and keys', async () => {
    const before = await bastion.must('target', 'show', 'demo', '--json')
    const { hostKey } = bastion.ready.ssh
    process.kill(bastion.pid, 'SIGINT')
    await delay(50)
    await bastion.terminate()
    assert.ok(!existsSync(join(bastion.folder, 'var/ready.json')))
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    assert.ok(!stdout.includes(bastion.folder), stdout)

    const tour = await bastion.run('demo')
    assert.equal(tour.status, 1)
    assert.match(tour.stderr, /no bastion runs from .*; start one in another terminal: npm start/)

    await bastion.up()
    assert.equal(bastion.ready.ssh.hostKey, hostKey)
    assert.deepEqual(
      JSON.parse(await bastion.must('target', 'show', 'demo', '--json')),
      JSON.parse(before),
    )
    const again = bastion.output.split('is ready.').at(-1) ?? ''
    assert.doesNotMatch(again, /Nobody has signed in yet/)
  })
})
