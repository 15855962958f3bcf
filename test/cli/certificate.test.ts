import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandBench } from './command-bench.ts'

describe('sallyport cert issue', () => {
  let bench: CommandBench
  let key: string

  before(async () => {
    bench = await CommandBench.create()
    key = join(bench.folder, 'agent')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', key])
  })
  after(() => bench.end())

  /** What OpenSSH reads in a certificate line. */
  function readBack(line: string): string {
    const file = join(bench.folder, 'read-cert.pub')
    writeFileSync(file, `${line}\n`)
    return execFileSync('ssh-keygen', ['-L', '-f', file], { encoding: 'utf8' })
  }

  it('prints one line, which OpenSSH reads as a certificate for the agent and its task', async () => {
    const line = await bench.must(
      'cert',
      'issue',
      '--agent',
      'web-fixer',
      '--task',
      'OPS-421',
      '--public-key',
      `${key}.pub`,
      '--for',
      '15m',
      '--on-behalf-of',
      'alice',
    )
    assert.doesNotMatch(line, /\n/)
    const read = readBack(line)
    assert.match(read, /Type: ssh-ed25519-cert-v01@openssh\.com user certificate/)
    assert.match(read, /Principals:\s+web-fixer\n/)
    assert.match(read, /task@sallyport/)
    assert.match(read, /on-behalf-of@sallyport/)
    assert.match(read, /permit-pty/)
  })

  it('gives each a serial of its own, and says until when it is valid', async () => {
    const issue = async () =>
      JSON.parse(
        await bench.must('cert', 'issue', '--agent', 'a', '--public-key', `${key}.pub`, '--json'),
      ) as { serial: string; validBefore: string; task: null; certificate: string }
    const one = await issue()
    const other = await issue()
    assert.notEqual(one.serial, other.serial)
    assert.equal(one.task, null)
    const minutes = (Date.parse(one.validBefore) - Date.now()) / 60_000
    assert.ok(minutes > 13 && minutes <= 15.1, `${minutes}`)
  })

  for (const [what, text, sentence] of [
    [
      'a private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\n',
      'this is a private key; give the public one',
    ],
    ['an empty file', '', 'expected a line like'],
    ['two keys', 'ssh-ed25519 AAAA a\nssh-ed25519 AAAA b\n', 'expected one line'],
    ['a key that is cut', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n', '--public-key'],
    ['a file of noise', '\u001b[2J\u0000\u0001', '--public-key'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const file = join(bench.folder, 'other.pub')
      writeFileSync(file, text)
      const refused = await bench.run('cert', 'issue', '--agent', 'a', '--public-key', file)
      assert.equal(refused.status, 1, refused.stderr)
      assert.equal(refused.stdout, '')
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
    })
  }

  it('refuses a file that is not there, and a certificate of more than a day', async () => {
    const absent = await bench.run('cert', 'issue', '--agent', 'a', '--public-key', '/nowhere.pub')
    assert.equal(absent.status, 1)
    assert.match(absent.stderr, /\/nowhere\.pub cannot be read/)
    const long = await bench.run(
      'cert',
      'issue',
      '--agent',
      'a',
      '--public-key',
      `${key}.pub`,
      '--for',
      '25h',
    )
    assert.equal(long.status, 2)
    assert.match(long.stderr, /at most 1d/)
  })
})

describe('sallyport sign-in', () => {
  let bench: CommandBench
  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  it('prints a link alone, with the token where browsers send it to nobody', async () => {
    const { status, stdout, stderr } = await bench.run('sign-in', '--role', 'viewer')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:8022\/sign-in#[A-Za-z0-9_-]{43}\n$/)
    assert.match(stderr, /once, as viewer; open it within 10m\./)
    assert.match(stderr, /Nothing is running here now/)
  })

  it('knows the roles', async () => {
    const { status, stderr } = await bench.run('sign-in', '--role', 'king')
    assert.equal(status, 2)
    assert.match(stderr, /choose one of viewer, approver, administrator/)
  })
})
