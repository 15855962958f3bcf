import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STARTERS } from '../../server/core/policy/starters/starters.ts'
import { CommandBench } from './command-bench.ts'

describe('sallyport policy', () => {
  let bench: CommandBench
  let policies: string

  before(async () => {
    bench = await CommandBench.create()
    policies = join(bench.folder, 'var', 'policies')
    mkdirSync(policies, { recursive: true })
  })
  after(() => bench.end())

  function write(name: string, lines: string): void {
    writeFileSync(join(policies, `${name}.yaml`), `version: 1\nname: ${name}\n${lines}\n`)
  }

  describe('init', () => {
    it('lists the starters, each with what it is for', async () => {
      const listed = JSON.parse(await bench.must('policy', 'init', '--json')) as {
        name: string
        description: string
      }[]
      assert.deepEqual(
        listed.map(({ name }) => name),
        [...STARTERS.keys()],
      )
      assert.ok(listed.every(({ description }) => description.length > 100))
    })

    it('copies one under its own or another name, and prints where', async () => {
      const path = await bench.must('policy', 'init', 'investigator', '--as', 'looking')
      assert.equal(path, join(policies, 'looking.yaml'))
      assert.match(readFileSync(path, 'utf8'), /^name: looking$/m)
      assert.match(
        await bench.must('policy', 'check', 'looking'),
        /looking\.yaml: loads, \d+ tests passed/,
      )
    })

    it('leaves a file alone that is there already', async () => {
      write('mine', 'rules: []')
      const { status, stderr } = await bench.run('policy', 'init', 'deployer', '--as', 'mine')
      assert.equal(status, 1)
      assert.match(stderr, /mine\.yaml exists; edit it, or give --as another name/)
      assert.match(readFileSync(join(policies, 'mine.yaml'), 'utf8'), /rules: \[\]/)
    })

    it('names the nearest starter, and writes nowhere else', async () => {
      const { status, stderr } = await bench.run('policy', 'init', 'investigater')
      assert.equal(status, 1)
      assert.match(stderr, /did you mean investigator/)
      assert.equal((await bench.run('policy', 'init', 'deployer', '--as', '../x')).status, 2)
      assert.ok(!existsSync(join(policies, '..', 'x.yaml')))
    })
  })

  describe('check', () => {
    it('says file, line, column and the nearest word, and fails', async () => {
      write('wrong', 'rules:\n  - { id: one, program: ls, verdct: allow }')
      const { status, stdout } = await bench.run('policy', 'check', 'wrong')
      assert.equal(status, 1)
      assert.match(
        stdout,
        /wrong\.yaml:4:29: error: rule: unknown key "verdct", did you mean verdict\?/,
      )
      assert.match(stdout, /does not load/)
    })

    it('warns and passes where an allowed program can run others', async () => {
      write('wide', 'rules:\n  - { id: one, program: python3, verdict: allow }')
      const { status, stdout } = await bench.run('policy', 'check', 'wide')
      assert.equal(status, 0)
      assert.match(stdout, /warning: rule one: python3 runs programs in a language of its own/)
    })

    it('takes a file, and prints findings as JSON', async () => {
      const { status, stdout } = await bench.run(
        'policy',
        'check',
        '--json',
        './var/policies/wrong.yaml',
      )
      assert.equal(status, 1)
      const findings = JSON.parse(stdout) as { file: string; line: number; text: string }[]
      const finding = findings.find(({ text }) => text === 'verdct')
      assert.deepEqual(
        [finding?.file, finding?.line, finding?.text],
        ['./var/policies/wrong.yaml', 4, 'verdct'],
      )
    })

    it('checks all of yours without a name', async () => {
      const { status, stdout } = await bench.run('policy', 'check')
      assert.equal(status, 1)
      assert.match(stdout, /wrong\.yaml[^]*wide\.yaml|wide\.yaml[^]*wrong\.yaml/)
    })

    it('names the nearest policy, starters included', async () => {
      const { status, stderr } = await bench.run('policy', 'check', 'deploier')
      assert.equal(status, 1)
      assert.match(stderr, /there is no policy "deploier" .* did you mean deployer/)
    })

    it('lets a directory that is no file speak for itself', async () => {
      const { status, stderr } = await bench.run('policy', 'check', './var')
      assert.equal(status, 1)
      assert.match(stderr, /var: /)
    })
  })

  describe('explain', () => {
    const explain = (...parameters: string[]): ReturnType<CommandBench['run']> =>
      bench.run('policy', 'explain', '--policy', 'investigator', ...parameters)

    it('shows each command, each decision, the rule and the canonical form', async () => {
      const { status, stdout } = await explain('--', "tail  -n5 /var/log/syslog |grep 'x'")
      assert.equal(status, 0)
      assert.match(stdout, /^allow by reading$/m)
      assert.match(stdout, /allow tail -n5 \/var\/log\/syslog \(reading\)/)
      assert.match(stdout, /allow grep x \(search\)/)
      assert.match(stdout, /canonical form:\n {4}tail -n5 \/var\/log\/syslog \| grep x/)
    })

    it('exits with 1 for what is not allowed, and says why', async () => {
      const { status, stdout } = await explain('--', 'cat /etc/shadow')
      assert.equal(status, 1)
      assert.match(stdout, /deny by protect[^]*because cat: it would read \/etc\/shadow/)
    })

    it('prints one JSON object', async () => {
      const { stdout } = await explain('--json', '--', 'ls "$x"')
      const judged = JSON.parse(stdout) as Record<string, unknown>
      assert.equal(judged['verdict'], 'deny')
      assert.equal(judged['rule'], 'dynamic')
      assert.equal(typeof judged['canonical'], 'string')
      assert.deepEqual((judged['commands'] as { argv: unknown }[])[0]?.argv, ['ls', null])
    })

    it('judges every line of a file in its order, one object a line, and exits with 0', async () => {
      const lines = ['ls', 'rm notes', '', 'a\nb', '"', 'ls\u0000', '\u202e', 'é'.repeat(9000)]
      writeFileSync(
        join(bench.folder, 'lines.jsonl'),
        `${lines.map(line => JSON.stringify({ line, more: 1 })).join('\n')}\n\n`,
      )
      const { status, stdout, stderr } = await explain('--json', '--lines', 'lines.jsonl')
      assert.deepEqual([status, stderr], [0, ''])
      const judged = stdout
        .trimEnd()
        .split('\n')
        .map(row => JSON.parse(row) as { verdict: string; rule: string; canonical: string | null })
      assert.deepEqual(
        judged.map(({ verdict, rule }) => `${verdict} ${rule}`),
        [
          'allow reading',
          'deny default',
          'allow default',
          'deny default',
          'deny opaque',
          'deny unreadable',
          'deny unreadable',
          'deny unreadable',
        ],
      )
      assert.equal(judged[4]?.canonical, null)
    })

    it('says which line of the file is none', async () => {
      writeFileSync(join(bench.folder, 'bad.jsonl'), '{"line": "ls"}\n{"lime": 1}\n')
      const { status, stderr } = await explain('--lines', 'bad.jsonl')
      assert.equal(status, 2)
      assert.match(stderr, /bad\.jsonl:2: expected \{"line": "…"\}/)
    })

    it('takes the login, the directory and the shell', async () => {
      assert.equal((await explain('--cwd', '/etc', '--', 'cat shadow')).status, 1)
      assert.equal((await explain('--cwd', '/var/log', '--', 'cat syslog')).status, 0)
      assert.equal((await explain('--as', 'root', '--', 'cat notes')).status, 1)
      assert.equal((await explain('--shell', 'sh', '--', '[[ -f x ]]')).status, 1)
      assert.equal((await explain('--shell', 'fish', '--', 'ls')).status, 2)
      assert.equal((await explain('--cwd', 'here', '--', 'ls')).status, 2)
    })

    it('asks for the line in quotes', async () => {
      const { status, stderr } = await explain('--', 'ls', '-la')
      assert.equal(status, 2)
      assert.match(stderr, /put the line in quotes/)
      assert.equal((await explain()).status, 2)
    })

    it('does not explain by a policy that does not load', async () => {
      const { status, stderr } = await bench.run(
        'policy',
        'explain',
        '--policy',
        'wrong',
        '--',
        'ls',
      )
      assert.equal(status, 1)
      assert.match(stderr, /unknown key "verdct"/)
    })

    it('escapes what the line would do to the terminal', async () => {
      const { stdout } = await explain('--', 'rm \u001b[2J')
      assert.ok(!stdout.includes('\u001b'))
    })

    it('looks at hours and targets when they are given', async () => {
      write(
        'hours',
        'rules: [{ id: one, program: ls, verdict: allow }]\nwhen: { targets: ["tag:web"], hours: { timezone: UTC, from: "06:00", to: "07:00" } }',
      )
      const at = (...parameters: string[]): Promise<{ status: number }> =>
        bench.run('policy', 'explain', '--policy', 'hours', ...parameters, '--', 'ls')
      assert.equal((await at()).status, 0)
      assert.equal((await at('--tag', 'web', '--at', '2026-11-20T06:30:00Z')).status, 0)
      assert.equal((await at('--tag', 'db')).status, 1)
      assert.equal((await at('--at', '2026-11-20T12:30:00Z')).status, 1)
      assert.equal((await at('--at', 'noon')).status, 2)
    })
  })

  describe('test', () => {
    it("runs a policy's own tests and shows each", async () => {
      const { status, stdout } = await bench.run('policy', 'test', 'database-reader')
      assert.equal(status, 0)
      assert.match(stdout, /^ok {3}psql -X -c 'SELECT count/m)
      assert.match(stdout, /\d+ passed, 0 failed/)
    })

    it('fails with what came out instead', async () => {
      write('failing', 'tests:\n  - { run: ls, expect: allow }\n  - { run: rm, expect: deny }')
      const { status, stdout } = await bench.run('policy', 'test', 'failing')
      assert.equal(status, 1)
      assert.match(stdout, /FAIL ls\n {5}expected allow, got deny/)
      assert.match(stdout, /1 passed, 1 failed/)
      const rows = JSON.parse((await bench.run('policy', 'test', 'failing', '--json')).stdout) as {
        passed: boolean
      }[]
      assert.deepEqual(
        rows.map(({ passed }) => passed),
        [false, true],
      )
    })

    it('says what is wrong with a policy that cannot be read', async () => {
      const { status, stderr } = await bench.run('policy', 'test', 'wrong')
      assert.equal(status, 1)
      assert.match(stderr, /unknown key "verdct"/)
    })
  })
})
