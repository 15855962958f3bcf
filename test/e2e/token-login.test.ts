import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Bastion, collect } from '../support/bastion.ts'
import { register } from '../support/registered.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { TokenIssuer } from '../support/token-issuer.ts'

const root = resolve(import.meta.dirname, '../..')

describe('an agent that has nothing but a token', function () {
  this.timeout(120_000)
  let issuer: TokenIssuer
  let sshd: Sshd
  let bastion: Bastion
  let key: string

  before(async () => {
    ;[issuer, sshd] = await Promise.all([TokenIssuer.start(), startSshd()])
    bastion = new Bastion({ SALLYPORT_CONFIG: 'set below' })
    bastion.environment['SALLYPORT_CONFIG'] = join(bastion.folder, 'sallyport.yaml')
    bastion.write(
      'sallyport.yaml',
      `issuers:
  - issuer: ${issuer.url}
    audience: sallyport
    jwks-url: ${issuer.jwksUrl}
    agents:
      - when: { repository: octo-org/octo-repo, ref: refs/heads/main }
        agent: web-deployer
        task: "{repository}#{run_id}"
        on-behalf-of: "{actor}"
`,
    )
    await bastion.up()
    await register(bastion, sshd, 'web-deployer', 'octo-org/octo-repo#77')
    key = join(bastion.folder, 'job key')
  })
  after(async () => {
    await bastion?.stop()
    await sshd?.stop()
    await issuer?.close()
  })

  const token = (change: object = {}): Promise<string> =>
    issuer.token({
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      repository: 'octo-org/octo-repo',
      ref: 'refs/heads/main',
      run_id: '77',
      actor: 'octocat',
      ...change,
    })
  const login = async (text: string, ...more: string[]) => {
    const file = join(bastion.folder, 'token')
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    const where = ['--url', bastion.ready.http.url, '--key', key]
    return bastion.run('login', ...where, '--token-file', file, ...more)
  }
  /** The line that `login` prints, in a shell, for somebody who puts in where to. */
  const paste = (line: string, command: string) => {
    const where = line.replace('LOGIN+TARGET@', `${sshd.login}+box@`)
    const quiet = '-F none -o BatchMode=yes -o IdentityAgent=none'
    const text = `${where.trim().replace(/^ssh /, `ssh ${quiet} `)} ${command}`
    return spawn('sh', ['-c', text], { stdio: ['pipe', 'pipe', 'pipe'] })
  }
  let line: string

  it('logs in: a key, a certificate, the host keys, and what to type next', async () => {
    const { status, stderr, stdout } = await login(await token())
    assert.equal(status, 0, stderr)
    assert.match(stderr, /You are web-deployer, task "octo-org\/octo-repo#77", until 20/)
    line = stdout
    assert.equal(statSync(key).mode & 0o777, 0o600)
    assert.match(readFileSync(`${key}-cert.pub`, 'utf8'), /^ssh-ed25519-cert-v01@openssh\.com /)
    const known = readFileSync(`${key}-known_hosts`, 'utf8').trim().split('\n')
    assert.equal(known.length, 3)
    assert.match(known[0] ?? '', /^@cert-authority \* ssh-ed25519 A\S+$/)
    assert.match(known[1] ?? '', /^\[127\.0\.0\.1\]:\d+ ssh-ed25519 /)
    assert.match(known[2] ?? '', /^\[127\.0\.0\.1\]:\d+ ecdsa-sha2-nistp256 /)
  })

  it('runs a command on the target, with a host key that nobody had to be asked about', async () => {
    const { status, stderr, stdout } = await collect(paste(line, 'echo from a token'))
    assert.deepEqual([status, stdout], [0, 'from a token\n'], stderr)
  })

  it('asks nobody either where only the CA’s line is left, as after the host key was rotated', async () => {
    const file = `${key}-known_hosts`
    const known = readFileSync(file, 'utf8')
    writeFileSync(file, `${known.split('\n')[0]}\n`)
    const { status, stderr, stdout } = await collect(paste(line, 'echo by the CA'))
    assert.deepEqual([status, stdout], [0, 'by the CA\n'], stderr)
    writeFileSync(file, known)
  })

  it('is in the record: agent, task, and on whose behalf', async () => {
    const [session] = JSON.parse(await bastion.must('session', 'list', '--json')) as {
      agent: string
      task: string
    }[]
    assert.equal(session?.agent, 'web-deployer')
    assert.equal(session?.task, 'octo-org/octo-repo#77')
  })

  it('is still stopped by the policy', async () => {
    const { status, stderr } = await collect(paste(line, 'dd if=/dev/zero'))
    assert.equal(status, 126)
    assert.match(stderr, /sallyport: denied: /)
  })

  it('keeps its key when it logs in again, from standard input and from the environment', async () => {
    const before = readFileSync(key, 'utf8')
    const words = ['--url', bastion.ready.http.url, '--key', key]
    const command = ['--import', 'tsx', join(root, 'server/cli/sallyport.ts'), 'login', ...words]
    const child = spawn(process.execPath, [...command, '--token-file', '-', '--json'], {
      cwd: root,
      env: bastion.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.end(`${await token()}\n`)
    const piped = await collect(child)
    assert.equal(piped.status, 0, piped.stderr)
    assert.equal((JSON.parse(piped.stdout) as { agent: string }).agent, 'web-deployer')

    bastion.environment['JOB_TOKEN'] = await token()
    const named = await bastion.run('login', ...words, '--token-env', 'JOB_TOKEN')
    assert.equal(named.status, 0, named.stderr)
    assert.equal(readFileSync(key, 'utf8'), before)
  })

  for (const [what, change, said] of [
    ['a token for somebody else', { aud: 'vault' }, /made for somebody else; request one whose/],
    ['a token that has ended', { exp: 1 }, /the token has expired; get a fresh one/],
    ['a token of another branch', { ref: 'refs/heads/x' }, /nobody the bastion knows/],
  ] as const) {
    it(`says what to do about ${what}, and leaves the files alone`, async () => {
      const before = readFileSync(`${key}-cert.pub`, 'utf8')
      const { status, stderr, stdout } = await login(await token(change))
      assert.equal(status, 1)
      assert.equal(stdout, '')
      assert.match(stderr, said)
      assert.equal(readFileSync(`${key}-cert.pub`, 'utf8'), before)
    })
  }

  it('is certified by the new CA once that was rotated, while the bastion runs', async () => {
    const ca = async (): Promise<string> => {
      assert.equal((await login(await token())).status, 0)
      const shown = await collect(spawn('ssh-keygen', ['-L', '-f', `${key}-cert.pub`]))
      return /Signing CA: \S+ (\S+)/.exec(shown.stdout)?.[1] ?? shown.stderr
    }
    const before = await ca()
    const rotated = await bastion.must('key', 'rotate', 'user_ca', '--json')
    const { fingerprint } = JSON.parse(rotated) as { fingerprint: string }
    assert.notEqual(fingerprint, before)
    // The keys folder is looked at each second.
    while ((await ca()) !== fingerprint);
    const { status, stderr } = await collect(paste(line, 'echo by the new CA'))
    assert.equal(status, 0, stderr)
  })

  it('does not send a token over the network in the clear', async () => {
    const words = 'login --url http://bastion.example.com --token-env JOB_TOKEN --key'
    const never = join(bastion.folder, 'never-made')
    const { status, stderr } = await bastion.run(...words.split(' '), never)
    assert.equal(status, 2)
    assert.match(stderr, /expected an https address such as https:/)
    assert.ok(!existsSync(never))
  })

  it('goes on working while the issuer is away', async () => {
    const child = paste(line, "'cat'")
    let seen = ''
    child.stdout.on('data', (bytes: Buffer) => {
      seen += bytes.toString()
    })
    const appears = async (text: string): Promise<void> => {
      while (!seen.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${seen}`)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    const ended = collect(child)
    child.stdin.write('before\n')
    await appears('before')
    issuer.outage = 'refused'
    child.stdin.write('during\n')
    await appears('during')
    const { status, stdout } = await collect(paste(line, 'echo a new session'))
    assert.deepEqual([status, stdout], [0, 'a new session\n'])
    child.stdin.end('after\n')
    assert.equal((await ended).status, 0)
    assert.equal(seen, 'before\nduring\nafter\n')
  })
})
