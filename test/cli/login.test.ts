import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { trustIn } from '../support/token-desk.ts'
import { TokenIssuer } from '../support/token-issuer.ts'
import { CertificateBench } from '../http/identity/certificate-bench.ts'
import { CommandBench } from './command-bench.ts'

describe('sallyport login', () => {
  let issuer: TokenIssuer
  let bastion: CertificateBench
  let bench: CommandBench
  let token: string

  before(async () => {
    issuer = await TokenIssuer.start()
    bastion = await CertificateBench.start({ issuers: [trustIn(issuer)] })
    bench = await CommandBench.create()
    token = await issuer.token()
    writeFileSync(join(bench.folder, 'token'), `${token}\n`)
  })
  after(async () => {
    await bench.end()
    await bastion.end()
    await issuer.close()
  })

  const login = (key: string, ...more: string[]) =>
    bench.run('login', '--url', bastion.part.url, '--key', key, '--token-file', 'token', ...more)
  const at = (name: string): string => join(bench.folder, name)

  it('makes what ssh needs, and touches no state of a bastion', async () => {
    const chooser = await issuer.token({ sub: 'chooser' })
    writeFileSync(join(bench.folder, 'token'), `${chooser}\n`)
    const { status, stderr, stdout } = await login('agent', '--task', 'T-9')
    writeFileSync(join(bench.folder, 'token'), `${token}\n`)
    assert.equal(status, 0, stderr)
    const { hostname } = new URL(bastion.part.url)
    assert.ok(stdout.endsWith(` -p 2222 LOGIN+TARGET@${hostname}\n`), stdout)
    assert.match(stderr, /^You are agent-8, task "T-9", until \S+Z\.\n$/)
    assert.equal(statSync(at('agent')).mode & 0o777, 0o600)
    assert.match(
      readFileSync(at('agent-known_hosts'), 'utf8'),
      /^@cert-authority \* ssh-ed25519 A\S+\n\[127\.0\.0\.1\]:2222 ssh-ed25519 A\S+\n$/,
    )
    const made = ['agent', 'agent-cert.pub', 'agent-known_hosts', 'agent.pub', 'token']
    assert.deepEqual(readdirSync(bench.folder).toSorted(), made)
  })

  it('says the same as JSON', async () => {
    const { stdout } = await login('agent', '--json')
    const printed = JSON.parse(stdout) as { agent: string; ssh: string[]; key: string }
    assert.equal(printed.agent, 'agent-7')
    assert.equal(printed.key, at('agent'))
    assert.equal(printed.ssh[0], 'ssh')
  })

  for (const [what, words, status, said] of [
    ['no token', ['--key', 'k'], 2, /either --token-file or --token-env/],
    [
      'two tokens',
      ['--key', 'k', '--token-file', 'a', '--token-env', 'B'],
      2,
      /either --token-file/,
    ],
    ['a file that is not there', ['--key', 'k', '--token-file', 'none'], 2, /holds no token/],
    [
      'a variable that is not set',
      ['--key', 'k', '--token-env', 'NO_SUCH_TOKEN'],
      2,
      /holds no token/,
    ],
    ['a token for an argument', ['--key', 'k', '--token', 'x'], 2, /there is no option "--token"/],
    ['a folder for a token', ['--key', 'k', '--token-file', '.'], 2, /holds no token/],
  ] as const) {
    it(`refuses ${what}, and makes no key`, async () => {
      const outcome = await bench.run('login', '--url', bastion.part.url, ...words)
      assert.equal(outcome.status, status)
      assert.match(outcome.stderr, said)
      assert.ok(!existsSync(at('k')))
    })
  }

  it('never makes a new key in the place of one whose public half is missing', async () => {
    writeFileSync(at('lone'), 'a private key')
    const { status, stderr } = await login('lone')
    assert.equal(status, 1)
    assert.match(stderr, /lone\.pub is missing; make it with: ssh-keygen -y -f /)
    assert.equal(readFileSync(at('lone'), 'utf8'), 'a private key')
  })

  /** What something else than a bastion answers; nothing of it may be believed or kept. */
  const impostors: [what: string, said: RegExp, answer: RequestListener][] = [
    ['a page', /no bastion of ours/, (_, response) => response.end('<!doctype html>')],
    ['nothing of ours', /no bastion of ours/, (_, response) => response.end('{"ok":true}')],
    [
      'an error of its own',
      /answered 502; is this the bastion\?/,
      (_, response) => response.writeHead(502).end('bad gateway'),
    ],
    [
      'a message that would paint the terminal',
      /\\u\{1b\}\[2J/,
      (_, response) => response.writeHead(403).end(JSON.stringify({ message: '\u001b[2J' })),
    ],
    [
      'somewhere else to go',
      /cannot be asked/,
      (_, response) => response.writeHead(307, { location: bastion.part.url }).end(),
    ],
    [
      'without an end',
      /cannot be asked/,
      (_, response) => {
        const timer = setInterval(() => response.write('x'.repeat(20_000)), 1)
        response.on('close', () => clearInterval(timer))
      },
    ],
    [
      'a certificate for another key',
      /certified another key/,
      (_, response) => {
        const certificate = readFileSync(at('agent-cert.pub'), 'utf8')
        response.end(JSON.stringify({ certificate, agent: 'a', task: null, validBefore: '2026' }))
      },
    ],
  ]
  for (const [what, said, answer] of impostors) {
    it(`believes no server that answers with ${what}`, async () => {
      const server: Server = createServer(answer)
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const words = ['--url', url, '--key', 'other', '--token-file', 'token']
      const { status, stderr, stdout } = await bench.run('login', ...words)
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, said)
      assert.ok(!stderr.includes(token))
      assert.ok(!existsSync(at('other-cert.pub')))
    })
  }
})
