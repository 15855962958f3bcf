import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { defaultLimits } from '../../server/config/limits.ts'
import type { Target } from '../../server/core/access.ts'
import type { TargetConnection } from '../../server/core/ports/channels.ts'
import { scanHostKey } from '../../server/ssh/scan.ts'
import { checkTarget } from '../../server/ssh/check-target.ts'
import { createTargetward } from '../../server/ssh/upstream.ts'
import { noCertificate, testErrand } from '../support/errand.ts'
import {
  findFreePort,
  makeKey,
  makeSizedKey,
  publicKeyLine,
  type Sshd,
  startSshd,
} from '../support/sshd.ts'

describe('createTargetward', () => {
  let sshd: Sshd
  const open: TargetConnection[] = []

  before(async () => {
    sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa'] })
  })
  after(async () => {
    for (const connection of open) connection.close()
    await sshd.stop()
  })

  const dial = (target: Target, login = sshd.login, seconds = 10) =>
    createTargetward({
      limits: { ...defaultLimits, targetConnectSeconds: seconds },
      upstreamKey: sshd.key,
      certify: noCertificate,
      clock: { nowMs: () => Date.now() },
      log: () => undefined,
    }).dial(target, login, testErrand)

  const reach = async (target: Target = sshd.target()): Promise<TargetConnection> => {
    const dialled = await dial(target)
    if (!dialled.ok) throw new Error(dialled.fault.fault)
    open.push(dialled.value)
    return dialled.value
  }

  const faultOf = async (target: Target, login?: string, seconds?: number) => {
    const dialled = await dial(target, login, seconds)
    if (dialled.ok) dialled.value.close()
    assert.ok(!dialled.ok, 'the target was reached')
    return dialled.fault
  }

  it('reaches a host that shows the pinned key', async () => {
    const connection = await reach()
    assert.equal(connection.hostKeyFingerprint, fingerprintOf(join(sshd.directory, 'host_ed25519')))
    assert.equal(connection.address, `127.0.0.1:${sshd.port}`)
    assert.match(connection.version, /^OpenSSH/)
  })

  it('asks a host with several keys for the pinned one', async () => {
    const publicKey = publicKeyLine(join(sshd.directory, 'host_ecdsa'))
    const connection = await reach(sshd.target({ trust: { by: 'host-key', publicKey } }))
    assert.equal(connection.hostKeyFingerprint, fingerprintOf(join(sshd.directory, 'host_ecdsa')))
  })

  it('logs in with its own key where the target has none', async () => {
    await reach(sshd.target({ credential: { is: 'upstream-key' } }))
  })

  it('logs in with keys of every type', async () => {
    const sizes = ['ed25519', 'ecdsa 256', 'ecdsa 384', 'ecdsa 521', 'rsa 3072'] as const
    const files = sizes.map(size => {
      const path = join(sshd.directory, `login ${size}`)
      makeSizedKey(path, size)
      return path
    })
    const allowed = join(sshd.directory, 'every key')
    writeFileSync(allowed, files.map(file => `${publicKeyLine(file)}\n`).join(''))
    const other = await startSshd({ lines: [`AuthorizedKeysFile "${allowed}"`] })
    try {
      for (const path of files) {
        await reach(other.target({ credential: { is: 'key-file', path } }))
      }
    } finally {
      await other.stop()
    }
  })

  it('refuses a changed host key and names both fingerprints', async () => {
    const other = join(sshd.directory, 'other')
    makeKey(other, 'ed25519')
    const trust = { by: 'host-key', publicKey: publicKeyLine(other) } as const
    const { fault, hostKeyFingerprint } = await faultOf(sshd.target({ trust }))
    assert.ok(fault.includes(fingerprintOf(other)), fault)
    assert.ok(fault.includes(fingerprintOf(join(sshd.directory, 'host_ed25519'))), fault)
    assert.equal(hostKeyFingerprint, fingerprintOf(join(sshd.directory, 'host_ed25519')))
  })

  it('says what to do when the target does not take its key', async () => {
    const path = join(sshd.directory, 'stranger')
    makeKey(path, 'ed25519')
    const { fault } = await faultOf(sshd.target({ credential: { is: 'key-file', path } }))
    assert.match(fault, /does not accept the bastion's key for \S+; .*authorized_keys/)
  })

  it('says so when its key file is missing', async () => {
    const path = join(sshd.directory, 'nowhere')
    assert.match(
      (await faultOf(sshd.target({ credential: { is: 'key-file', path } }))).fault,
      /key file .*ENOENT/,
    )
  })

  it('says so when its key file holds no key', async () => {
    const path = join(sshd.directory, 'sshd_config')
    assert.match(
      (await faultOf(sshd.target({ credential: { is: 'key-file', path } }))).fault,
      /holds no private key/,
    )
  })

  it('says so when nobody listens', async () => {
    const port = await findFreePort()
    assert.match((await faultOf(sshd.target({ port }))).fault, /connection refused/)
  })

  it('gives up on a host that says nothing', async () => {
    const silent = await listen(createServer())
    try {
      const { fault } = await faultOf(sshd.target({ port: portOf(silent) }), sshd.login, 1)
      assert.match(fault, /no answer within 1 s/)
    } finally {
      silent.close()
    }
  })

  it('gives up on a host that is no SSH server', async () => {
    const chatty = await listen(createServer(socket => socket.end('HTTP/1.1 400 Bad\r\n\r\n')))
    try {
      await faultOf(sshd.target({ port: portOf(chatty) }))
    } finally {
      chatty.close()
    }
  })

  describe('running a program', () => {
    it('sends the command byte for byte', async () => {
      const connection = await reach()
      const command = Buffer.concat([
        Buffer.from("printf %s '"),
        Buffer.of(0xff, 0xfe, 0xc3, 0x28, 0x80),
        Buffer.from("' | od -An -tx1"),
      ])
      const channel = await connection.exec(command, { terminal: null, environment: {} })
      assert.equal((await text(channel.stdout)).trim(), 'ff fe c3 28 80')
      assert.deepEqual(await channel.ended, { status: 0 })
    })

    it('passes the environment that it is given', async () => {
      const connection = await reach()
      const channel = await connection.exec(Buffer.from('echo $SALLYPORT_TEST_A'), {
        terminal: null,
        environment: { SALLYPORT_TEST_A: 'grün' },
      })
      assert.equal(await text(channel.stdout), 'grün\n')
    })

    it('reports the signal that ended a program', async () => {
      const connection = await reach()
      const options = { terminal: null, environment: {} }
      const channel = await connection.exec(Buffer.from('kill -SEGV $$'), options)
      const exit = await channel.ended
      assert.ok(exit !== null && 'signal' in exit)
      assert.equal(exit.signal, 'SEGV')
    })

    it('reports a signal that the RFC does not list', async () => {
      const connection = await reach()
      const options = { terminal: null, environment: {} }
      const channel = await connection.exec(Buffer.from('kill -SYS $$'), options)
      const exit = await channel.ended
      assert.ok(exit !== null && 'signal' in exit)
      assert.equal(exit.signal, 'SIG@openssh.com') // what sshd calls every other signal
    })

    it('sends the end of input and reads on', async () => {
      const connection = await reach()
      const options = { terminal: null, environment: {} }
      const channel = await connection.exec(Buffer.from('cat; echo done'), options)
      channel.stdin.write('some ')
      channel.stdin.write('input\n')
      channel.endInput()
      assert.equal(await text(channel.stdout), 'some input\ndone\n')
    })

    it('runs many at once on one connection', async () => {
      const connection = await reach()
      const numbers = Array.from({ length: 20 }, (_, number) => number)
      const said = await Promise.all(
        numbers.map(async number => {
          const options = { terminal: null, environment: {} }
          const channel = await connection.exec(Buffer.from(`echo ${number}`), options)
          return text(channel.stdout)
        }),
      )
      assert.deepEqual(
        said,
        numbers.map(number => `${number}\n`),
      )
    })

    it('says so when the target opens no session', async () => {
      const strict = await startSshd({ lines: ['MaxSessions 0'] })
      try {
        const connection = await reach(strict.target())
        const options = { terminal: null, environment: {} }
        await assert.rejects(connection.exec(Buffer.from('true'), options), /opened no session/)
      } finally {
        await strict.stop()
      }
    })

    it('ends every program when the connection is lost', async () => {
      const connection = await reach()
      const options = { terminal: null, environment: {} }
      const channel = await connection.exec(Buffer.from('sleep 60'), options)
      connection.close()
      assert.equal(await channel.ended, null)
      assert.equal(await text(channel.stdout), '')
      await connection.closed
    })
  })

  describe('with a host CA', () => {
    let ca: string
    let certified: Sshd

    before(async () => {
      certified = await startSshd({ lines: [`HostCertificate "${sshd.directory}/cert-cert.pub"`] })
      ca = join(sshd.directory, 'host_ca')
      makeKey(ca, 'ecdsa')
    })
    after(() => certified.stop())

    const withCertificate = async (principal: string, validity: string, signer: string) => {
      const copy = join(sshd.directory, 'cert.pub')
      execFileSync('cp', [join(certified.directory, 'host_ed25519.pub'), copy])
      execFileSync('ssh-keygen', [
        ...'-q -h -I host'.split(' '),
        '-s',
        signer,
        '-n',
        principal,
        '-V',
        validity,
        copy,
      ])
      // sshd reads its certificate at start and on SIGHUP only.
      const trust = { by: 'host-ca', publicKey: publicKeyLine(ca) } as const
      const fresh = await startSshd({
        lines: [
          `HostKey "${certified.directory}/host_ed25519"`,
          `HostCertificate "${sshd.directory}/cert-cert.pub"`,
        ],
      })
      return { target: fresh.target({ trust }), fresh }
    }

    it('accepts a host with a certificate for its address', async () => {
      const { target, fresh } = await withCertificate('127.0.0.1,web', '-1m:+5m', ca)
      try {
        const connection = await reach(target)
        const key = join(certified.directory, 'host_ed25519')
        assert.equal(connection.hostKeyFingerprint, fingerprintOf(key))
        const options = { terminal: null, environment: {} }
        const channel = await connection.exec(Buffer.from('echo hello'), options)
        assert.equal(await text(channel.stdout), 'hello\n')
      } finally {
        await fresh.stop()
      }
    })

    for (const [what, principal, validity, expected] of [
      ['for another host', 'elsewhere', '-1m:+5m', /is for elsewhere, not for/],
      ['that has expired', '127.0.0.1', '-5m:-1m', /expired/],
      ['that is not valid yet', '127.0.0.1', '+5m:+10m', /not valid yet/],
    ] as const) {
      it(`refuses a certificate ${what}`, async () => {
        const { target, fresh } = await withCertificate(principal, validity, ca)
        try {
          assert.match((await faultOf(target)).fault, expected)
        } finally {
          await fresh.stop()
        }
      })
    }

    it('refuses a certificate of another CA', async () => {
      const other = join(sshd.directory, 'other_ca')
      makeKey(other, 'ed25519')
      const { target, fresh } = await withCertificate('127.0.0.1', '-1m:+5m', other)
      try {
        assert.match((await faultOf(target)).fault, /is of CA SHA256:.* but SHA256:.* is on record/)
      } finally {
        await fresh.stop()
      }
    })

    it('refuses a host that shows a plain key', async () => {
      const trust = { by: 'host-ca', publicKey: publicKeyLine(ca) } as const
      assert.match((await faultOf(sshd.target({ trust }))).fault, /certificate cannot be read/)
    })
  })

  describe('checkTarget', () => {
    const check = (target: Target) => checkTarget({ dial: reached => dial(reached) }, target, '')

    it('says which version answers', async () => {
      const checked = await check(sshd.target())
      assert.ok(checked.ok)
      assert.match(checked.value.version, /^OpenSSH/)
    })

    it('names the key that was shown where the target is another', async () => {
      const publicKey = publicKeyLine(join(sshd.directory, 'client'))
      const checked = await check(sshd.target({ trust: { by: 'host-key', publicKey } }))
      assert.ok(!checked.ok)
      assert.ok(checked.fault.includes(fingerprintOf(join(sshd.directory, 'host_ed25519'))))
    })
  })

  describe('scanHostKey', () => {
    it('finds the best key', async () => {
      const scanned = await scanHostKey('127.0.0.1', sshd.port, defaultLimits)
      assert.deepEqual(scanned, {
        ok: true,
        value: {
          publicKey: sshd.hostKey,
          fingerprint: fingerprintOf(join(sshd.directory, 'host_ed25519')),
        },
      })
    })

    it('says so when nobody listens', async () => {
      const scanned = await scanHostKey('127.0.0.1', await findFreePort(), defaultLimits)
      assert.ok(!scanned.ok)
      assert.match(scanned.fault, /connection refused/)
    })
  })
})

/** As ssh-keygen says. */
function fingerprintOf(privateKeyFile: string): string {
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${privateKeyFile}.pub`]).toString()
  return shown.split(' ')[1] ?? ''
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
