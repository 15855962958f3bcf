import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRevocationList } from '../../server/core/certificate/parse-krl.ts'
import { CommandBench } from './command-bench.ts'

interface Issued {
  readonly serial: string
  readonly keyId: string
  /** Path of the certificate's file. */
  readonly file: string
}

describe('sallyport cert revoke, list and krl', () => {
  let bench: CommandBench
  let made = 0

  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  async function issue(agent: string): Promise<Issued> {
    made += 1
    const key = join(bench.folder, `key-${made}`)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
    const words = ['cert', 'issue', '--agent', agent, '--public-key', `${key}.pub`, '--json']
    const issued = JSON.parse(await bench.must(...words)) as Issued & { certificate: string }
    const file = `${key}-cert.pub`
    writeFileSync(file, `${issued.certificate}\n`)
    return { ...issued, file }
  }

  const revoke = (...options: string[]) =>
    bench.run('cert', 'revoke', ...options, '--reason', 'lost')

  async function stateOf({ serial }: Issued): Promise<string | undefined> {
    const listed = JSON.parse(await bench.must('cert', 'list', '--json')) as {
      serial: string
      state: string
    }[]
    return listed.find(certificate => certificate.serial === serial)?.state
  }

  /** Of each certificate: whether ssh-keygen finds it in the list. */
  function isInList(list: string, ...certificates: Issued[]): boolean[] {
    return certificates.map(({ file }) => {
      const { status, stdout } = spawnSync('ssh-keygen', ['-Q', '-f', list, file], {
        encoding: 'utf8',
      })
      assert.equal(status === 0, !stdout.includes('REVOKED'), stdout)
      return status !== 0
    })
  }

  it('revokes by serial, once', async () => {
    const certificate = await issue('web-fixer')
    assert.equal(await stateOf(certificate), 'valid')
    const revoked = await revoke('--serial', certificate.serial)
    assert.equal(revoked.status, 0, revoked.stderr)
    assert.match(revoked.stdout, /revoked; 0 live sessions ended/)
    assert.equal(await stateOf(certificate), 'revoked')
    const again = await revoke('--serial', certificate.serial)
    assert.equal(again.status, 1)
    assert.match(again.stderr, /is revoked already/)
  })

  it('revokes by key id, also of a certificate that another CA signed, and says so', async () => {
    const certificate = await issue('web-fixer')
    const revoked = await revoke('--key-id', certificate.keyId)
    assert.equal(revoked.status, 0, revoked.stderr)
    assert.equal(revoked.stderr, '')
    assert.equal(await stateOf(certificate), 'revoked')
    const foreign = await revoke('--key-id', 'ci/build#7')
    assert.equal(foreign.status, 0)
    assert.match(foreign.stderr, /issued no certificate with this key id/)
  })

  for (const [what, options, status, sentence] of [
    ['nothing', [], 2, 'exactly one of --serial N or --key-id ID'],
    ['two things', ['--serial', '7', '--key-id', 'x'], 2, 'exactly one of'],
    ['serial 0', ['--serial', '0'], 2, 'expected a serial from 1'],
    ['a serial beyond 64 bits', ['--serial', '18446744073709551616'], 2, 'expected a serial'],
    ['a serial that is text', ['--serial', '7 or 1=1'], 2, 'expected a serial'],
    ['a serial of nobody’s', ['--serial', '7'], 1, 'issued no certificate with serial 7'],
    [
      'a CA that is no fingerprint',
      ['--serial', '7', '--ca', 'user_ca'],
      2,
      'expected a fingerprint',
    ],
    [
      'a CA that is not trusted',
      ['--serial', '7', '--ca', `SHA256:${'A'.repeat(43)}`],
      1,
      'no CA SHA256:AAAA',
    ],
    [
      'a key id of a CA',
      ['--key-id', 'x', '--ca', `SHA256:${'A'.repeat(43)}`],
      2,
      '--ca goes with --serial',
    ],
  ] as const) {
    it(`refuses to revoke ${what}`, async () => {
      const refused = await revoke(...options)
      assert.equal(refused.status, status, refused.stderr)
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
    })
  }

  it('lists the certificates of an agent, newest first', async () => {
    const [first, second] = [await issue('lister'), await issue('lister')]
    const listed = await bench.must('cert', 'list', '--agent', 'lister')
    assert.deepEqual(
      [...listed.matchAll(/^(\d+) +lister/gm)].map(([, serial]) => serial),
      [second.serial, first.serial],
    )
    assert.match((await bench.run('cert', 'list', '--agent', 'nobody')).stderr, /No certificate/)
  })

  it('writes a list that ssh-keygen agrees with, and nothing else in it', async () => {
    const [bySerial, byKeyId, good] = [await issue('a'), await issue('b'), await issue('c')]
    await revoke('--serial', bySerial.serial)
    await revoke('--key-id', byKeyId.keyId)
    const list = join(bench.folder, 'revoked.krl')
    await bench.must('cert', 'krl', '--out', list)
    assert.deepEqual(isInList(list, bySerial, byKeyId, good), [true, true, false])
    assert.equal(parseRevocationList(readFileSync(list)).ok, true)
    // Whoever trusts the CA must be able to read it.
    assert.equal(statSync(list).mode & 0o777, 0o644)

    await revoke('--serial', good.serial)
    await bench.must('cert', 'krl', '--out', list)
    assert.deepEqual(isInList(list, good), [true])
  })

  it('takes over what keys/revoked_keys says, made by ssh-keygen', async () => {
    const [listed, other] = [await issue('d'), await issue('e')]
    const file = join(bench.folder, 'keys/revoked_keys')
    const userCa = join(bench.folder, 'keys/user_ca.pub')
    const spec = join(bench.folder, 'spec')
    writeFileSync(spec, `serial: ${listed.serial}\n`)
    execFileSync('ssh-keygen', ['-q', '-k', '-f', file, '-s', userCa, spec])
    const list = join(bench.folder, 'merged.krl')
    await bench.must('cert', 'krl', '--out', list)
    assert.deepEqual(isInList(list, listed, other), [true, false])
  })

  it('revokes a certificate of a CA that was rotated out since', async () => {
    const [old, another] = [await issue('f'), await issue('g')]
    await bench.must('key', 'rotate', 'user_ca')
    assert.equal((await revoke('--serial', old.serial)).status, 0)
    const list = join(bench.folder, 'rotated.krl')
    await bench.must('cert', 'krl', '--out', list)
    assert.deepEqual(isInList(list, old, another), [true, false])
  })

  it('lists all certificates of a CA that was compromised', async () => {
    const of = await issue('h')
    await bench.must('key', 'rotate', 'user_ca', '--compromised')
    const after = await issue('i')
    const list = join(bench.folder, 'compromised.krl')
    await bench.must('cert', 'krl', '--out', list)
    assert.deepEqual(isInList(list, of, after), [true, false])
  })

  it('writes a list that the bastion itself obeys', async () => {
    const list = join(bench.folder, 'again.krl')
    await bench.must('cert', 'krl', '--out', list)
    copyFileSync(list, join(bench.folder, 'keys/revoked_keys'))
    assert.equal((await bench.run('cert', 'list')).status, 0)
  })
})
