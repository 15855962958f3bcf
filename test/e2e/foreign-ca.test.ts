import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Bastion, type Outcome } from '../support/bastion.ts'
import {
  commandsOf,
  eventsOf,
  journalOf,
  type Reader,
  readerOf,
} from '../support/evidence-reader.ts'
import { register } from '../support/registered.ts'
import { makeKey, publicKeyLine, type Sshd, startSshd } from '../support/sshd.ts'

/** From `user-cas` in sallyport.yaml to a command that ran, with certificates that ssh-keygen makes. */
describe('agents with certificates of somebody else’s CA', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let reader: Reader | null = null

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion({ SALLYPORT_CONFIG: 'set below' })
    bastion.environment['SALLYPORT_CONFIG'] = inFolder('sallyport.yaml')
    makeKey(inFolder('old_ca'), 'ecdsa')
    makeKey(inFolder('new_ca'), 'ed25519')
    makeKey(inFolder('agent'), 'ed25519')
    trust('old_ca', 'new_ca')
    await bastion.up()
    await register(bastion, sshd, 'web-fixer', 'OPS-421')
    reader = await readerOf(bastion)
  })
  after(async () => {
    await reader?.close()
    await bastion?.stop()
    await sshd?.stop()
  })

  const inFolder = (name: string): string => join(bastion.folder, name)

  /** Both map a principal of their own words to the agent that was granted. */
  const trust = (...cas: readonly string[]): void =>
    bastion.write(
      'sallyport.yaml',
      [
        'user-cas:',
        ...cas.flatMap(ca => [
          `  - public-key: ${publicKeyLine(inFolder(ca))}`,
          '    agents:',
          '      svc-web-fixer@corp.example: web-fixer',
        ]),
        '',
      ].join('\n'),
    )

  const runAs = (ca: string, principals: string, command = 'echo in'): Promise<Outcome> => {
    const terms = ['-q', '-s', inFolder(ca), '-I', `job 7 of ${ca}`, '-n', principals]
    execFileSync('ssh-keygen', [...terms, '-V', '-1m:+10m', `${inFolder('agent')}.pub`])
    return bastion.exec(inFolder('agent'), `${sshd.login}+box`, command)
  }

  for (const ca of ['old_ca', 'new_ca']) {
    it(`come in as the agent that their principal stands for: ${ca}`, async () => {
      const ran = await runAs(ca, 'svc-web-fixer@corp.example')
      assert.equal(ran.stderr, '')
      assert.equal(ran.stdout, 'in\n')
      const opened = (await eventsOf(reader as Reader)).findLast(
        ({ kind }) => kind === 'session-opened',
      )
      assert.ok(opened?.kind === 'session-opened')
      assert.equal(opened.agent, 'web-fixer')
      assert.equal(opened.certificate.keyId, `job 7 of ${ca}`)
    })
  }

  it('are judged like everybody', async () => {
    const ran = await runAs('new_ca', 'svc-web-fixer@corp.example', 'dd if=/dev/zero')
    assert.equal(ran.status, 126)
    assert.match(ran.stderr, /sallyport: denied: .*rule never/)
    const denied = (await commandsOf(reader as Reader)).at(-1)
    assert.deepEqual([denied?.verdict, denied?.rule], ['deny', 'never'])
  })

  for (const [what, principals] of [
    ['one that is not mapped', 'svc-other@corp.example'],
    // Only our own CA writes agents' names.
    ['an agent’s own name', 'web-fixer'],
  ] as const) {
    it(`are told what to do where nobody knows their principal: ${what}`, async () => {
      const ran = await runAs('new_ca', principals)
      assert.equal(ran.status, 255)
      assert.equal(ran.stdout, '')
      assert.match(
        ran.stderr,
        /sallyport: no principal of your certificate is an agent here; ask an administrator to map it/,
      )
    })
  }

  it('stay out once their CA is taken from the list, and those of the other come in', async () => {
    await reader?.close()
    reader = null
    await bastion.terminate()
    trust('new_ca')
    await bastion.up()
    const old = await runAs('old_ca', 'svc-web-fixer@corp.example')
    assert.equal(old.status, 255)
    assert.match(old.stderr, /Permission denied \(publickey/)
    const refused = (await journalOf(bastion)).findLast(({ kind }) => kind === 'login-refused')
    assert.match(JSON.stringify(refused), /"ca-not-trusted".*is not a trusted user CA/)
    assert.equal((await runAs('new_ca', 'svc-web-fixer@corp.example')).stdout, 'in\n')
  })
})
