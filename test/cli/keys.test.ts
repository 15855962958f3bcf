import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandBench } from './command-bench.ts'

interface Row {
  readonly name: string
  readonly state: string
  readonly fingerprint: string
  readonly publicKey: string
}

describe('sallyport key', () => {
  let bench: CommandBench
  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  const list = async (name: string): Promise<Row[]> => {
    const rows = JSON.parse(await bench.must('key', 'list', '--json')) as Row[]
    return rows.filter(row => row.name === name)
  }
  const states = async (name: string) => (await list(name)).map(({ state }) => state)

  it('says that there is none, and makes none by looking', async () => {
    const looked = await bench.run('key', 'list')
    assert.equal(looked.status, 0, looked.stderr)
    assert.match(looked.stderr, /No key yet/)
    assert.equal(await bench.must('key', 'list', '--json'), '[]')
  })

  it('rotates the user CA in one step', async () => {
    const rotated = await bench.run('key', 'rotate', 'user_ca')
    assert.equal(rotated.status, 0, rotated.stderr)
    assert.match(rotated.stdout, /^ssh-ed25519 AAAA\S+ sallyport user_ca\n$/)
    assert.match(rotated.stderr, /believed for another day/)
    assert.deepEqual(await states('user_ca'), ['in-use', 'retired'])
  })

  it('says of a stolen user CA what is left to do', async () => {
    const rotated = await bench.run('key', 'rotate', 'user_ca', '--compromised')
    assert.match(
      rotated.stderr,
      /believed no more: agents need new certificates, and sessions .* are ended/s,
    )
    assert.deepEqual(await states('user_ca'), ['in-use', 'retired', 'compromised'])
  })

  it('lets others learn the upstream key before it is used', async () => {
    const early = await bench.run('key', 'rotate', 'upstream', '--activate')
    assert.equal(early.status, 1)
    assert.match(early.stderr, /no key waits/)

    const [old] = await list('upstream')
    const prepared = await bench.run('key', 'rotate', 'upstream')
    assert.match(prepared.stdout, /^ssh-ed25519 AAAA\S+ sallyport upstream\n$/)
    assert.match(prepared.stderr, /authorized_keys[^]*key rotate upstream --activate/)
    assert.deepEqual(await states('upstream'), ['in-use', 'next'])
    assert.equal((await list('upstream'))[0]?.fingerprint, old?.fingerprint)

    const again = await bench.run('key', 'rotate', 'upstream')
    assert.equal(again.stdout, prepared.stdout)

    const activated = await bench.run('key', 'rotate', 'upstream', '--activate')
    assert.equal(activated.stdout, prepared.stdout)
    assert.match(activated.stderr, /uses it within a second\.\nSessions that run go on/)
    const [inUse, retired] = await list('upstream')
    assert.equal(`${inUse?.publicKey}\n`, prepared.stdout)
    assert.equal(retired?.fingerprint, old?.fingerprint)
  })

  it('replaces a stolen target CA at once', async () => {
    const rotated = await bench.run('key', 'rotate', 'target_ca', '--compromised', '--json')
    assert.equal(rotated.status, 0, rotated.stderr)
    const [inUse, old] = await list('target_ca')
    const printed = JSON.parse(rotated.stdout) as Row & { retired: string }
    assert.equal(printed.fingerprint, inUse?.fingerprint)
    assert.equal(printed.retired, old?.fingerprint)
    assert.equal(old?.state, 'compromised')
  })

  it('prints a table without a private half', async () => {
    const shown = await bench.runAt({ columns: 80 }, 'key', 'list')
    const folder = bench.environment['SALLYPORT_KEYS'] ?? ''
    assert.match(shown.stdout, /NAME.*STATE.*FINGERPRINT/)
    for (const file of readdirSync(folder).filter(name => !/\.pub$|retired/.test(name))) {
      const [, secret = ''] = readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .toReversed()
        .slice(1)
      assert.ok(secret.length > 10 && !shown.stdout.includes(secret), file)
    }
  })

  it('knows no other keys', async () => {
    const asked = await bench.run('key', 'rotate', 'root_ca')
    assert.equal(asked.status, 2)
    assert.match(asked.stderr, /user_ca/)
  })

  it('certifies with the new CA from then on', async () => {
    const file = join(bench.folder, 'agent.pub')
    const [ca] = await list('user_ca')
    const [agent] = await list('node') // any public key would do
    writeFileSync(file, `${agent?.publicKey}\n`)
    const line = await bench.must('cert', 'issue', '--agent', 'a', '--public-key', file)
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64')
    const caBlob = Buffer.from(ca?.publicKey.split(' ')[1] ?? '', 'base64')
    assert.ok(blob.includes(caBlob))
  })
})
