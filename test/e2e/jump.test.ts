import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bastion } from '../support/bastion.ts'
import { eventsOf, journalOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { register } from '../support/registered.ts'
import { collect, type Ran } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** Where nothing can be compiled, ssh2 does its own cryptography. */
const WITHOUT_ADDONS = {
  NODE_OPTIONS: `--require ${JSON.stringify(join(import.meta.dirname, '../support/without-addon.cjs'))}`,
}

for (const [what, environment] of [
  ['', {}],
  [' where ssh2 has no addon', WITHOUT_ADDONS],
] as const)
  describe(`ssh -J bastion login@target${what}`, function () {
    this.timeout(120_000)
    let bastion: Bastion
    let sshd: Sshd
    let reader: Reader
    let agent: string

    before(async () => {
      bastion = new Bastion(environment)
      await bastion.up()
      sshd = await startSshd()
      await register(bastion, sshd, 'web-fixer', 'OPS-421')
      agent = await bastion.agent('web-fixer', 'OPS-421')
      reader = await readerOf(bastion)
      configure()
    })

    after(async () => {
      await reader?.close()
      await bastion?.stop()
      await sshd?.stop()
    })

    /** What an agent's ssh_config says: one line in known_hosts knows the bastion and all targets. */
    function configure(): void {
      const { host, port } = bastion.ready.ssh
      const knownHosts = join(bastion.folder, 'known_by_ca')
      const hostCa = readFileSync(join(bastion.folder, 'keys/host_ca.pub'), 'utf8')
      writeFileSync(knownHosts, `@cert-authority * ${hostCa}`)
      writeFileSync(
        join(bastion.folder, 'ssh_config'),
        [
          'Host bastion',
          `  HostName ${host}`,
          `  Port ${port}`,
          '  User whoever',
          'Host *',
          `  UserKnownHostsFile "${knownHosts}"`,
          '  GlobalKnownHostsFile /dev/null',
          '  StrictHostKeyChecking yes',
          `  IdentityFile "${agent}"`,
          '  IdentitiesOnly yes',
          '  IdentityAgent none',
          '  BatchMode yes',
          '',
        ].join('\n'),
      )
    }

    /** Relative, because `ssh -J` hands the path on unquoted and the folder has a space in its name. */
    const jump = (...words: string[]): Promise<Ran> =>
      collect(
        spawn('ssh', ['-F', 'ssh_config', '-J', 'bastion', ...words], { cwd: bastion.folder }),
      )

    it('runs what the policy allows, under a host certificate for the target’s name', async () => {
      const ran = await jump(`${sshd.login}@box`, 'echo hello')
      assert.equal(ran.stderr, '')
      assert.equal(ran.stdout.toString(), 'hello\n')
    })

    it('denies what the policy denies, in the one line and with its status', async () => {
      const ran = await jump(`${sshd.login}@box`, 'rm -rf /srv')
      assert.equal(ran.status, 126)
      assert.match(ran.stderr, /^sallyport: denied: .* \(rule \S+, event [0-9a-f-]+:\d+\)$/m)
    })

    it('is written down like any other session, and once', async () => {
      const before = (await reader.archive.sessions({ limit: 100 })).length
      await jump(`${sshd.login}@box`, 'echo once')
      const sessions = await reader.archive.sessions({ limit: 100 })
      assert.equal(sessions.length, before + 1)
      const decided = (await eventsOf(reader)).findLast(({ kind }) => kind === 'command-decided')
      assert.ok(decided?.kind === 'command-decided')
      assert.deepEqual(decided.line, { text: 'echo once' })
    })

    it('leads nowhere that is not registered', async () => {
      const ran = await jump('-p', '1', `${sshd.login}@127.0.0.1`, 'echo no')
      assert.equal(ran.status, 255)
      assert.match(
        ran.stderr,
        /sallyport: denied: 127\.0\.0\.1:1 is no registered target \(see: ssh sallyport@bastion grants\)/,
      )
    })

    it('writes down every address that it was asked to lead to', async () => {
      for (const asked of ['10.1.2.3:22', '10.1.2.4:22', '10.1.2.3:22']) {
        const ran = await collect(
          spawn('ssh', ['-F', 'ssh_config', '-W', asked, 'bastion'], { cwd: bastion.folder }),
        )
        assert.match(ran.stderr, /sallyport: denied/)
      }
      const refused = (await journalOf(bastion)).filter(
        event => event.kind === 'outside-request-refused',
      )
      assert.deepEqual(
        refused.slice(-3).map(({ agent, request, detail }) => ({ agent, request, detail })),
        ['10.1.2.3:22', '10.1.2.4:22', '10.1.2.3:22'].map(text => ({
          agent: 'web-fixer',
          request: 'direct-tcpip',
          detail: { text },
        })),
      )
    })
  })
