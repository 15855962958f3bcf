import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandBench } from './command-bench.ts'
import { makeHostKeyLine } from './host-key-line.ts'

const HOST_KEY = makeHostKeyLine()

describe('sallyport target add --target-ca', () => {
  let bench: CommandBench
  const add = (name: string, ...more: string[]) => {
    const words = [
      'target',
      'add',
      name,
      '--host',
      '10.0.0.5',
      '--login',
      'deploy',
      '--login',
      'app',
    ]
    return bench.run(...words, '--host-key', HOST_KEY, ...more)
  }
  const credentialOf = async (name: string): Promise<unknown> => {
    const shown = JSON.parse(await bench.must('target', 'show', name, '--json')) as object
    return (shown as { credential: unknown }).credential
  }

  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  it('says which CA to trust there, for which logins and for no other', async () => {
    const { status, stderr } = await add('web1', '--target-ca')
    assert.equal(status, 0, stderr)
    assert.ok(
      stderr.includes(readFileSync(join(bench.folder, 'keys/target_ca.pub'), 'utf8').trim()),
    )
    assert.match(stderr, /^Match User deploy,app\n {2}TrustedUserCAKeys /m)
    assert.doesNotMatch(stderr, /authorized_keys/)
  })

  for (const [name, options, credential] of [
    ['own', ['--target-ca'], { is: 'certificate', sourceAddress: { is: 'own' } }],
    [
      'any',
      ['--target-ca', '--source-address', 'any'],
      { is: 'certificate', sourceAddress: { is: 'any' } },
    ],
    [
      'listed',
      ['--target-ca', '--source-address', '192.0.2.0/24,2001:db8::/64'],
      {
        is: 'certificate',
        sourceAddress: { is: 'listed', networks: '192.0.2.0/24,2001:db8::/64' },
      },
    ],
    ['plain', [], { is: 'upstream-key' }],
  ] as const) {
    it(`keeps ${JSON.stringify(credential)}`, async () => {
      assert.equal((await add(name, ...options)).status, 0)
      assert.deepEqual(await credentialOf(name), credential)
    })
  }

  for (const [what, options, sentence] of [
    ['a key as well', ['--target-ca', '--key', 'k'], '--key and --target-ca exclude each other'],
    ['an address without a certificate', ['--source-address', 'any'], 'goes with --target-ca'],
    ['no address', ['--target-ca', '--source-address', 'home'], '"home" is not an address'],
    ['half a network', ['--target-ca', '--source-address', '10.1.2.3/8'], 'is not an address'],
  ] as const) {
    it(`refuses ${what} as a misuse`, async () => {
      const refused = await add('web9', ...options)
      assert.equal(refused.status, 2)
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
    })
  }
})
