import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { Supervised } from './supervised.ts'

const POLICY = `version: 1
name: test
default: deny
rules:
  - { id: nothing, program: [sleep, echo], verdict: allow }
  - { id: judged, program: [cat], verdict: allow, input: line }
  - id: matched
    program: [bash, wc, head, stty, trap, exit]
    verdict: allow
    input: line
    lines: ["y|n", "[a-z]+ [0-9]+"]
  - { id: everything, program: [less, od], verdict: allow, input: raw, escapes: accepted }
`

describe('a command with a terminal', function () {
  this.timeout(30_000)
  let sshd: Sshd
  let session: Supervised

  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  afterEach(() => session.leave())

  function run(command: string): Supervised {
    session = new Supervised(sshd, { policy: POLICY, command })
    return session
  }

  it('that was granted nothing is sent control characters and nothing else', async () => {
    run('sleep 30')
    await sleep(500)
    session.type('typed\r\x04')
    await sleep(200)
    session.type('\x03')
    await session.finished
    assert.ok(!session.shown.includes('typed'))
    assert.notDeepEqual(session.agent.exit, { status: 0 })
  })

  it('that was granted lines is sent those that the judge passes', async () => {
    run('cat')
    await sleep(500)
    session.type('echo hello\r')
    await session.until(/echo hello\r\necho hello\r\n/)
    session.type('rm -rf /\r')
    await session.until(/sallyport: denied: no rule of policy test is about rm/)
    session.type('\x04')
    await session.finished
    assert.deepEqual(session.agent.exit, { status: 0 })
    assert.equal(session.shown.split('rm -rf /').length, 2, 'typed, and not echoed by cat')
  })

  it('that was granted patterns is sent lines that match one', async () => {
    run('wc -l')
    await sleep(500)
    session.type('y\rabc 12\rabc 12 13\ryes\r\x04')
    await session.finished
    assert.match(session.shown, /\r\n2\r\n$/)
    assert.equal(session.shown.split('sallyport: denied').length, 3)
  })

  it('that was granted everything is sent everything', async () => {
    run('od -c')
    await sleep(500)
    session.type('a\x01b\r\x04\x04')
    await session.finished
    assert.match(session.shown, /a 001 +b +\\n/)
    assert.deepEqual(session.agent.exit, { status: 0 })
  })

  it('keeps what is typed out of the evidence, but for its length', async () => {
    run('od -c')
    await sleep(500)
    session.type('s3cret\r\x04')
    await session.finished
    const ended = session.events.findLast(event => event.kind === 'command-ended')
    assert.equal(ended?.kind === 'command-ended' && ended.stdin.bytes, 8)
    assert.equal(ended?.kind === 'command-ended' && ended.stdin.recordedBytes, 0)
    assert.ok(session.world.taped.every(({ stream }) => stream !== 'stdin'))
  })

  it('never writes down what is typed without echo', async () => {
    run('bash -c "stty -echo; echo ready; head -n 1 | wc -c"')
    await session.until(/ready/)
    session.type('secret 123\r')
    await session.until(/11\r\n/)
    await session.finished
    assert.ok(!JSON.stringify([session.events, session.world.taped]).includes('secret'))
  })

  it('is hung up by three ^C when it wants what it was not granted', async () => {
    run('bash -c "stty raw; echo ready; head -n 5"')
    await session.until(/ready/)
    session.type('x\r')
    await session.until(/was granted whole lines only/)
    session.type('\x03\x03\x03')
    await session.finished
  })

  it('gives the client its exit status, and the evidence where it ran', async () => {
    run("bash -c 'exit 7'")
    await session.finished
    assert.deepEqual(session.agent.exit, { status: 7 })
    const [decided, ended] = session.events.filter(({ kind }) => kind.startsWith('command'))
    assert.equal(decided?.kind === 'command-decided' && decided.form, 'exec')
    assert.deepEqual(ended?.kind === 'command-ended' && ended.exit, { status: 7 })
  })

  it('follows the size of the window', async () => {
    run('bash -c "echo ready; head -n 1; stty size"')
    await session.until(/ready/)
    session.resize(101, 31)
    await sleep(300)
    session.type('y\r')
    await session.finished
    assert.match(session.shown, /31 101/)
  })

  it('and a shell have the size that the window was given while they started', async () => {
    run('bash -c "head -n 1; stty size"')
    session.resize(101, 31)
    session.type('y\r')
    await session.finished
    assert.match(session.shown, /31 101/)
    await session.leave()
    session = new Supervised(sshd)
    session.resize(101, 31)
    await session.until(/[#$] $/)
    assert.equal(await session.run('stty size'), '31 101\r\n')
  })
})
