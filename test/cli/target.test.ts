import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { CommandBench } from './command-bench.ts'
import { makeHostKeyLine } from './host-key-line.ts'

const ESCAPE = '\u001b'
const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`, 'g')
const HOST_KEY = makeHostKeyLine()

describe('sallyport target', () => {
  let bench: CommandBench
  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  it('adds a target with a pinned key and says how to let the bastion in', async () => {
    const added = await bench.run(
      'target',
      'add',
      'web1',
      '--host',
      '10.0.0.5',
      '--login',
      'deploy',
      '--login',
      'root',
      '--host-key',
      `${HOST_KEY} root@web1`,
      '--tag',
      'web',
    )
    assert.equal(added.status, 0, added.stderr)
    assert.match(added.stdout, /^target web1 added: 10\.0\.0\.5:22, ssh-ed25519 SHA256:\S{43}\n$/)
    assert.match(
      added.stderr,
      /append this line to ~\/\.ssh\/authorized_keys of deploy, root on 10/,
    )
    assert.match(added.stderr, /^ssh-ed25519 AAAA\S+/m)
  })

  it('takes a line as ssh-keyscan prints it', async () => {
    const added = await bench.run(
      'target',
      'add',
      'db1',
      '--host',
      'db1.internal',
      '--port',
      '2200',
      '--login',
      'postgres',
      '--host-key',
      `[db1.internal]:2200 ${HOST_KEY}`,
      '--shell',
      'sh',
      '--json',
    )
    assert.equal(added.status, 0, added.stderr)
    const target = JSON.parse(added.stdout) as Record<string, unknown>
    assert.equal(target['port'], 2200)
    assert.equal(target['shell'], 'sh')
  })

  it('lists and shows what there is', async () => {
    const listed = JSON.parse(await bench.must('target', 'list', '--json')) as { name: string }[]
    assert.deepEqual(listed.map(({ name }) => name).toSorted(), ['db1', 'web1'])
    const shown = await bench.must('target', 'show', 'web1')
    assert.match(shown, /^logins\s+deploy, root$/m)
    const one = JSON.parse(await bench.must('target', 'show', 'web1', '--json')) as {
      trust: { fingerprint: string }
    }
    assert.match(one.trust.fingerprint, /^SHA256:/)
  })

  it('fits its table into a terminal and leaves a pipe alone', async () => {
    const { stdout } = await bench.runAt({ columns: 60 }, 'target', 'list')
    for (const line of stdout.trimEnd().split('\n')) {
      assert.ok(line.replaceAll(COLOUR, '').length <= 60, line)
    }
    assert.match(stdout, /…/)
    const { stdout: piped } = await bench.run('target', 'list')
    assert.ok(!piped.includes('…') && !piped.includes(ESCAPE), piped)
  })

  for (const [what, parameters, status, sentence] of [
    [
      'a name in use',
      ['web1', '--host', 'h', '--login', 'a', '--host-key', HOST_KEY],
      1,
      'there is a target web1 already',
    ],
    [
      'no way to know the machine',
      ['x', '--host', 'h', '--login', 'a'],
      2,
      'exactly one of --host-key',
    ],
    [
      'two ways',
      ['x', '--host', 'h', '--login', 'a', '--scan', '--host-key', HOST_KEY],
      2,
      'exactly one of',
    ],
    [
      'a key that is none',
      ['x', '--host', 'h', '--login', 'a', '--host-key', 'hello'],
      1,
      '--host-key: expected a line like',
    ],
    [
      'a reserved name',
      ['sallyport', '--host', 'h', '--login', 'a', '--host-key', HOST_KEY],
      2,
      "the bastion's own name",
    ],
    [
      'a name in capitals',
      ['Web', '--host', 'h', '--login', 'a', '--host-key', HOST_KEY],
      2,
      'lower-case letters',
    ],
    [
      'a host that is none',
      ['x', '--host', '-oProxyCommand=x', '--login', 'a', '--host-key', HOST_KEY],
      2,
      'neither an address nor a host name',
    ],
    [
      'a login with a space',
      ['x', '--host', 'h', '--login', 'a b', '--host-key', HOST_KEY],
      2,
      'expected a login name',
    ],
    [
      'a port beyond the last',
      ['x', '--host', 'h', '--port', '70000', '--login', 'a', '--host-key', HOST_KEY],
      2,
      'whole number from 1 to 65535',
    ],
    [
      'a key file that is not there',
      ['x', '--host', 'h', '--login', 'a', '--host-key', HOST_KEY, '--key', '/nowhere/key'],
      1,
      '/nowhere/key cannot be read',
    ],
    ['nothing at all', [], 2, '--host <host> is missing'],
  ] as const) {
    it(`refuses ${what} in one sentence`, async () => {
      const refused = await bench.run('target', 'add', ...parameters)
      assert.equal(refused.status, status, refused.stderr)
      assert.equal(refused.stdout, '')
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
      assert.match(refused.stderr, /^sallyport: /)
    })
  }

  it('names the nearest target on a miss', async () => {
    const missed = await bench.run('target', 'show', 'wbe1')
    assert.equal(missed.status, 1)
    assert.equal(missed.stderr, 'sallyport: there is no target "wbe1", did you mean web1?\n')
  })

  it('removes a target once', async () => {
    assert.match(await bench.must('target', 'remove', 'db1'), /^target db1 removed$/)
    assert.equal((await bench.run('target', 'remove', 'db1')).status, 1)
  })

  describe('--scan and check, with a real sshd', () => {
    let sshd: Sshd
    let place: string[]
    before(async () => {
      sshd = await startSshd()
      place = ['--host', '127.0.0.1', '--port', String(sshd.port), '--login', sshd.login]
    })
    after(() => sshd.stop())

    it('refuses to pin what nobody has confirmed, and says how to', async () => {
      const refused = await bench.run('target', 'add', 'box', ...place, '--scan')
      assert.equal(refused.status, 1)
      assert.match(
        refused.stderr,
        /nobody is here to confirm it.*repeat with --fingerprint SHA256:/,
      )
      assert.equal((await bench.run('target', 'show', 'box')).status, 1)
    })

    it('refuses another fingerprint than the one named', async () => {
      const refused = await bench.run(
        'target',
        'add',
        'box',
        ...place,
        '--scan',
        '--fingerprint',
        'SHA256:other',
      )
      assert.equal(refused.status, 1)
      assert.match(
        refused.stderr,
        /has the host key SHA256:\S+, not SHA256:other; nothing was added/,
      )
    })

    for (const answer of ['no', '', 'y', null]) {
      it(`takes ${JSON.stringify(answer)} for a no`, async () => {
        const refused = await bench.runAt({ answer }, 'target', 'add', 'box', ...place, '--scan')
        assert.equal(refused.status, 1, refused.stderr)
        assert.match(refused.stderr, /not confirmed; nothing was added/)
      })
    }

    it('adds it when somebody says yes, and finds that the bastion may log in or not', async () => {
      const added = await bench.runAt({ answer: 'yes' }, 'target', 'add', 'box', ...place, '--scan')
      assert.equal(added.status, 0, added.stderr)
      assert.match(added.stderr, /presents the host key\n\s+SHA256:/)
      const refused = await bench.run('target', 'check', 'box')
      assert.equal(refused.status, 1, refused.stdout)
      assert.match(refused.stdout, /^no /)

      const upstream = /^ssh-ed25519 \S+.*$/m.exec(added.stderr)?.[0] ?? ''
      appendFileSync(`${sshd.keyFile}.pub`, `${upstream}\n`)
      const checked = await bench.run('target', 'check', 'box', '--json')
      assert.equal(checked.status, 0, checked.stdout + checked.stderr)
      const [only] = JSON.parse(checked.stdout) as { ok: boolean; login: string; version: string }[]
      assert.equal(only?.ok, true)
      assert.match(only?.version ?? '', /OpenSSH/)
    })

    it('finds that a host has another key than the pinned one', async () => {
      await bench.must('target', 'add', 'imposter', ...place, '--host-key', HOST_KEY)
      const checked = await bench.run('target', 'check', 'imposter')
      assert.equal(checked.status, 1)
      assert.match(checked.stdout, /^no .*SHA256:/)
    })
  })
})
