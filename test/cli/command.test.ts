import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { collect, type Outcome } from '../support/bastion.ts'

const root = resolve(import.meta.dirname, '../..')

describe('the sallyport command', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport command-'))
    // Where PostgreSQL's own user may pass; otherwise, for root, the database would go to /var/lib and stay.
    chmodSync(folder, 0o755)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function sallyport(parameters: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const child = spawn(
      process.execPath,
      [
        '--import',
        pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
        join(root, 'server/cli/sallyport.ts'),
        ...parameters,
      ],
      { cwd: folder, env: { PATH: process.env['PATH'], ...env } },
    )
    child.stdin.end()
    return collect(child)
  }

  it('explains itself on standard output', async () => {
    const { status, stdout, stderr } = await sallyport(['--help'])
    assert.equal(status, 0)
    assert.equal(stderr, '')
    for (const command of [
      'up',
      'demo',
      'doctor',
      'sign-in',
      'target',
      'grant',
      'cert',
      'session',
      'policy',
      'key',
    ]) {
      assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'))
    }
    assert.match(stdout, /SALLYPORT_HOME .*default \.\/var/)
    assert.match((await sallyport(['grant', 'create', '--help'])).stdout, /Example:/)
  })

  for (const [parameters, sentence] of [
    [['gramt'], 'there is no command "gramt", did you mean grant?'],
    [['grant', 'creat'], 'did you mean create?\n(sallyport grant --help explains)'],
    [['grant', 'list', '--agnet', 'x'], 'there is no option "--agnet", did you mean --agent?'],
    [['grant', 'show'], '<id> is missing\n(sallyport grant show --help explains)'],
    [['target', 'show', 'a', 'b'], 'too many arguments; show takes 1 at most'],
    [['up', 'now'], 'too many arguments; up takes none'],
    [['key', 'rotate', 'root_ca'], '<name> cannot be "root_ca": choose one of host_ed25519'],
    [['grant', 'revoke', 'x', '--reason'], '--reason <text> has no value'],
    [['session', 'list', '--limit', 'all'], 'expected a whole number from 1 to 1000'],
    [['x\u001b[2J'], 'there is no command "x\\u{1b}[2J"'],
  ] as const) {
    it(`answers misuse with 2: sallyport ${JSON.stringify(parameters.join(' '))}`, async () => {
      const { status, stdout, stderr } = await sallyport(parameters)
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /^sallyport: /)
      assert.ok(stderr.includes(sentence), stderr)
    })
  }

  it('says in a command’s help what cannot be left out', async () => {
    const { stdout } = await sallyport(['cert', 'issue', '--help'])
    const usage = 'Usage: sallyport cert issue --agent <name> --public-key <file> [options]\n'
    assert.ok(stdout.startsWith(usage), stdout)
    assert.ok(!stdout.endsWith('\n\n'))
  })

  it('shows help and answers 2 when asked nothing', async () => {
    const { status, stderr } = await sallyport([])
    assert.equal(status, 2)
    assert.match(stderr, /Usage: sallyport/)
  })

  it('names every fault of the configuration and answers 2', async () => {
    const config = join(folder, 'mine.yaml')
    writeFileSync(config, 'htp: {}\nlimits: { drian: 1 }\n')
    const { status, stderr } = await sallyport(['target', 'list'], {
      SALLYPORT_CONFIG: config,
      SALLYPORT_SSH: 'here',
    })
    assert.equal(status, 2)
    assert.deepEqual(
      stderr.split('\n').map(line => line.slice(0, 'sallyport: '.length)),
      ['sallyport: ', 'sallyport: ', 'sallyport: ', ''],
    )
    assert.ok(stderr.includes(`${config}:2:11: unknown key "drian", did you mean drain?`), stderr)
  })

  it('refuses a configuration that is not there', async () => {
    const { status, stderr } = await sallyport(['target', 'list'], { SALLYPORT_CONFIG: 'no.yaml' })
    assert.equal(status, 2)
    assert.match(stderr, /SALLYPORT_CONFIG: .*no\.yaml: there is no such file/)
  })

  it('says in one sentence that the database cannot be reached, and nothing of its password', async () => {
    const { status, stdout, stderr } = await sallyport(['target', 'list'], {
      DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/none',
    })
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^sallyport: [^\n]+\n$/)
    assert.doesNotMatch(stderr, /hunter2|\s{4}at /)
  })

  it('needs the state directory only, not a running bastion', async () => {
    const env = { SALLYPORT_HOME: join(folder, 'var'), SALLYPORT_KEYS: join(folder, 'keys') }
    const first = await sallyport(['target', 'list', '--json'], env)
    assert.equal(first.status, 0, first.stderr)
    assert.deepEqual(JSON.parse(first.stdout), [])
  })
})
