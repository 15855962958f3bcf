import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bastion } from '../support/bastion.ts'
import { type ClientKeys, makeClientKeys } from '../support/clients/client-keys.ts'
import { writeKnownHosts } from '../support/clients/known-hosts.ts'
import { newerClients } from '../support/clients/newer-clients.ts'
import { writeConfig } from '../support/clients/openssh.ts'
import { environmentOf, type Origin } from '../support/clients/programs.ts'
import { environment, loginWords } from '../support/clients/putty.ts'
import type { Task } from '../support/clients/real-client.ts'
import { grant, register } from '../support/registered.ts'
import { collect, type Ran } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** Copies are commands on the target as well: what rsync, git and the old scp start there is judged. */
const POLICY = (there: string): string => `version: 1
name: copies
default: deny
rules:
  - id: rsync
    program: rsync
    argv: [--server, { pattern: '-[vlogDtprzuchnWSxyi]*(e[0-9.]*\\.[A-Za-z]*)?' }, ".", { paths: ["${there}/**"] }]
    verdict: allow
  - id: rsync-from
    program: rsync
    argv: [--server, --sender, { pattern: '-[vlogDtprzuchnWSxyi]*(e[0-9.]*\\.[A-Za-z]*)?' }, ".", { paths: ["${there}/**"] }]
    verdict: allow
  - id: git
    program: [git-upload-pack, git-receive-pack]
    argv: [{ paths: ["${there}/**"] }]
    verdict: allow
  - id: scp
    program: scp
    argv: [{ one-of: [-t, -f] }, { paths: ["${there}/**"] }]
    verdict: allow
`
const AGENT = { agent: 'agent-7', task: 'T-1' }

const AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']
const COMMIT = [...AUTHOR, 'commit', '-q', '--allow-empty', '-m', 'x']

/** The refusal comes first, whatever the program then makes of it. */
const DENIED =
  /^(Using username "[^\n]*\n)?sallyport: denied: [^\n]+ \(rule \S+, event [0-9a-f-]+:\d+\)\n/

const ORIGINS: [name: string, origin: Origin][] = [
  ['this system', { is: 'system' }],
  ['Debian 13', newerClients()],
]

describe('clients that copy files', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let keys: ClientKeys
  /** The clients' side, where they are started; the target's lies in it. */
  let here: string
  let there: string
  let task: Task

  before(async () => {
    here = mkdtempSync(join(tmpdir(), 'sallyport-copies-'))
    there = join(here, 'target')
    mkdirSync(there)
    writeFileSync(join(here, 'file'), 'ours\n')
    writeFileSync(join(there, 'file'), 'theirs\n')
    const git = (...words: string[]): Buffer => execFileSync('git', words, { cwd: here })
    git('init', '-q', 'first')
    git('-C', 'first', ...COMMIT)
    git('clone', '-q', '--bare', 'first', join(there, 'repository'))
    // The start-up files of whoever runs the tests speak up now and then.
    sshd = await startSshd({ environment: { HOME: here } })
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, sshd, AGENT.agent, 'T-0')
    bastion.write('var/policies/copies.yaml', POLICY(there))
    await grant(bastion, sshd, AGENT.agent, AGENT.task, '1h', 'copies')
    keys = await makeClientKeys(here, join(bastion.folder, 'keys/user_ca'), AGENT)
    const { host, port } = bastion.ready.ssh
    const [ca = '', ...plain] = ['host_ca', 'host_ed25519', 'host_ecdsa'].map(name =>
      readFileSync(join(bastion.folder, 'keys', `${name}.pub`), 'utf8').trim(),
    )
    task = {
      host,
      port,
      user: `${sshd.login}+box`,
      key: keys.of('ed25519'),
      command: '',
      terminal: false,
      jump: null,
      folder: here,
      hosts: writeKnownHosts(here, [`[${host}]:${port}`, 'box'], plain, ca),
    }
  })

  after(async () => {
    await keys?.close()
    await bastion?.stop()
    await sshd?.stop()
    if (here !== undefined) rmSync(here, { recursive: true })
  })

  for (const [from, origin] of ORIGINS) {
    const run = (
      words: readonly string[],
      env: NodeJS.ProcessEnv = {},
      input = '',
    ): Promise<Ran> => {
      const [program = '', ...rest] = words
      const whole = { ...environmentOf(origin), ...env }
      return collect(spawn(program, rest, { cwd: here, env: whole }), input)
    }

    for (const way of ['straight', 'through -J'] as const) {
      /** ssh's options, and the host to name after them. */
      const ssh = (): { options: string[]; to: string } => {
        const jump = way === 'straight' ? null : { host: 'box', user: sshd.login }
        // The whole path: git starts ssh where its clone is.
        const config = ['-F', join(here, writeConfig({ ...task, jump }))]
        if (jump === null) return { options: config, to: 'bastion' }
        return { options: [...config, '-J', 'bastion'], to: `${jump.user}@${jump.host}` }
      }

      describe(`with ssh of ${from}, ${way}`, () => {
        if (origin.is === 'missing') {
          it(`is not here: ${origin.why}`, () => {})
          return
        }

        it('rsync copies to the target and back', async () => {
          const { options, to } = ssh()
          const shell = ['rsync', '-te', ['ssh', ...options].join(' ')]
          succeed(await run([...shell, 'file', `${to}:${there}/by-rsync`]))
          assert.equal(readFileSync(join(there, 'by-rsync'), 'utf8'), 'ours\n')
          succeed(await run([...shell, `${to}:${there}/file`, 'by-rsync']))
          assert.equal(readFileSync(join(here, 'by-rsync'), 'utf8'), 'theirs\n')
        })

        it('git pushes and clones', async () => {
          const { options, to } = ssh()
          const env = { GIT_SSH_COMMAND: ['ssh', ...options].join(' ') }
          const clone = `clone-${from}-${way}`.replaceAll(' ', '-')
          const url = `${to}:${there}/repository`
          succeed(await run(['git', 'clone', '-q', url, clone], env))
          succeed(await run(['git', '-C', clone, ...COMMIT], env))
          const branch = `HEAD:refs/heads/${clone}`
          succeed(await run(['git', '-C', clone, 'push', '-q', 'origin', branch], env))
          succeed(await run(['git', 'ls-remote', '--exit-code', url, `refs/heads/${clone}`], env))
        })

        it('scp -O copies to the target and back', async () => {
          const { options, to } = ssh()
          succeed(await run(['scp', '-O', ...options, 'file', `${to}:${there}/by-scp`]))
          assert.equal(readFileSync(join(there, 'by-scp'), 'utf8'), 'ours\n')
          succeed(await run(['scp', '-O', ...options, `${to}:${there}/file`, 'by-scp']))
          assert.equal(readFileSync(join(here, 'by-scp'), 'utf8'), 'theirs\n')
        })

        it('rsync, git and scp -O are told what was denied', async () => {
          const { options, to } = ssh()
          const shell = ['ssh', ...options].join(' ')
          beDenied(await run(['rsync', '-e', shell, 'file', `${to}:/elsewhere/file`]))
          const env = { GIT_SSH_COMMAND: shell }
          beDenied(await run(['git', 'ls-remote', `${to}:/elsewhere/repository`], env))
          beDenied(await run(['scp', '-O', ...options, 'file', `${to}:/elsewhere/file`]))
        })

        it('scp and sftp are told what to do instead', async () => {
          const { options, to } = ssh()
          for (const words of [
            ['scp', ...options, 'file', `${to}:${there}/no`],
            ['sftp', '-b', '-', ...options, to],
          ]) {
            const ran = await run(words, {}, 'ls\n')
            beDenied(ran)
            assert.match(ran.stderr, /scp -O/)
          }
        })
      })
    }

    describe(`with PuTTY of ${from}`, () => {
      if (origin.is === 'missing') {
        it(`is not here: ${origin.why}`, () => {})
        return
      }
      const putty = (...words: string[]): Promise<Ran> => {
        const [program = '', ...rest] = words
        const port = ['-P', String(task.port)]
        return run([program, ...loginWords(task), ...port, ...rest], environment(task), 'ls\n')
      }
      const to = (path: string): string => `${task.user}@${task.host}:${path}`

      it('pscp -scp copies to the target and back', async () => {
        succeed(await putty('pscp', '-q', '-scp', 'file', to(`${there}/by-pscp`)))
        assert.equal(readFileSync(join(there, 'by-pscp'), 'utf8'), 'ours\n')
        succeed(await putty('pscp', '-q', '-scp', to(`${there}/file`), 'by-pscp'))
        assert.equal(readFileSync(join(here, 'by-pscp'), 'utf8'), 'theirs\n')
      })

      it('pscp and psftp are told what was denied', async () => {
        beDenied(await putty('pscp', '-scp', 'file', to('/elsewhere/file')))
        beDenied(await putty('pscp', 'file', to(`${there}/no`)))
        beDenied(await putty('psftp', `${task.user}@${task.host}`))
      })
    })
  }
})

function succeed({ status, stderr }: Ran): void {
  assert.equal(status, 0, stderr)
  assert.equal(stderr, '')
}

function beDenied({ status, stderr }: Ran): void {
  assert.match(stderr, DENIED)
  assert.notEqual(status, 0)
}
