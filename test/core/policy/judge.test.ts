import assert from 'node:assert/strict'
import { policyOf, judged, outcome } from '../../support/policy-lines.ts'

const SAMPLE = policyOf(`
protect:
  read: [/etc/shadow, "**/.env", "~/.ssh/**"]
  write: [/etc/**]
rules:
  - { id: look, program: [ls, cat, grep, tail, wc, cd, echo, find, sort, tar, xargs], verdict: allow }
  - { id: restart, program: systemctl, argv: [restart, { one-of: [nginx, app] }], as: [root], verdict: ask,
      approvers: [on-call], expires: 10m, reason: restarts need a human }
  - { id: reload, program: systemctl, argv: [reload, nginx], as: [root, www], verdict: allow }
  - { id: never, program: [dd, "mkfs*"], verdict: deny, reason: irreversible }
`)

describe('judge', () => {
  describe('takes the strictest of all commands', () => {
    for (const [line, expected] of [
      ['ls', 'allow look'],
      ['ls; cat /var/log/syslog | grep x', 'allow look'],
      ['ls && rm x', 'deny default'],
      ['echo "$(rm x)"', 'deny default'],
      ['ls; sudo systemctl restart nginx', 'ask restart'],
      ['sudo systemctl restart nginx; dd if=x', 'deny never'],
      ['if ls; then dd if=x; fi', 'deny never'],
      ['bash -c "ls; dd if=x"', 'deny never'],
      ['f() { dd if=x; }; f', 'deny never'],
      ['find /srv -exec dd if=x of={} \\;', 'deny never'],
      ['cat <(dd if=x)', 'deny never'],
      ['', 'allow default'],
      ['x=1', 'allow default'],
      ['# a remark', 'allow default'],
    ] as const) {
      it(`${JSON.stringify(line)}: ${expected}`, () =>
        assert.equal(outcome(SAMPLE, line), expected))
    }
  })

  describe('looks through wrappers and judges what they change', () => {
    for (const [line, expected] of [
      ['timeout 5 nice -n 3 ls', 'allow look'],
      ['env LC_ALL=C ls', 'allow look'],
      ['env FOO=1 ls', 'deny default'],
      ['FOO=1 ls', 'deny default'],
      ['sudo ls', 'deny default'],
      ['sudo -u agent ls', 'allow look'],
      ['sudo systemctl reload nginx', 'allow reload'],
      ['sudo -u www systemctl reload nginx', 'allow reload'],
      ['sudo -u www systemctl restart nginx', 'deny default'],
      ['systemctl reload nginx', 'deny default'],
      ['sudo timeout 5 systemctl reload nginx', 'allow reload'],
      ['sudo -u "$u" systemctl reload nginx', 'deny dynamic'],
      ['sudo -u "#0" systemctl reload nginx', 'deny dynamic'],
      ['sudo -u www -g root systemctl reload nginx', 'deny dynamic'],
      ['sudo dd if=x', 'deny never'],
      ['/bin/dd if=x', 'deny never'],
      ['./dd if=x', 'deny never'],
      ['/tmp/ls', 'deny default'],
      ['./ls', 'deny default'],
      ['/bin/ls', 'deny default'],
      ['timeout 5 ls > /tmp/x', 'deny default'],
      ['sudo -u agent bash -c "ls; cat /tmp/y" > /tmp/x', 'deny default'],
      ['xargs -a /etc/shadow echo', 'deny protect'],
      ['ls | xargs cat', 'deny dynamic'],
    ] as const) {
      it(`${line}: ${expected}`, () => assert.equal(outcome(SAMPLE, line), expected))
    }

    it('lets a rule forbid a wrapper', () => {
      const policy = policyOf(`rules:
  - { id: look, program: ls, verdict: allow }
  - { id: no-nohup, program: nohup, verdict: deny }`)
      assert.equal(outcome(policy, 'ls'), 'allow look')
      assert.equal(outcome(policy, 'nohup ls'), 'deny no-nohup')
      assert.equal(outcome(policy, 'timeout 5 nohup ls'), 'deny no-nohup')
    })

    it('gives every layer the verdict it stands for', () => {
      const { commands } = judged(SAMPLE, 'sudo timeout 5 systemctl restart app')
      assert.deepEqual(
        commands.map(({ argv, as, via, verdict, rule }) => [
          argv[0],
          as,
          via.join(' '),
          verdict,
          rule,
        ]),
        [
          ['sudo', null, '', 'ask', 'restart'],
          ['timeout', 'root', 'sudo', 'ask', 'restart'],
          ['systemctl', 'root', 'sudo timeout', 'ask', 'restart'],
        ],
      )
    })
  })

  describe('says what is not understood', () => {
    const asking = policyOf(`
analysis: { opaque: ask, dynamic: ask }
rules: [{ id: look, program: [ls, cat], arguments: { paths: [/srv/**] }, verdict: allow }]`)
    it('denies what is unreadable, whatever the policy says', () => {
      assert.equal(outcome(asking, 'ls \u0000'), 'deny unreadable')
      assert.equal(outcome(asking, '-c ls'), 'deny unreadable')
      assert.equal(outcome(asking, 'ls \u200b'), 'deny unreadable')
      assert.equal(judged(asking, 'x'.repeat(20_000)).rule, 'unreadable')
    })
    it('denies what is too much, and does not ask', () => {
      const nested = `${'$('.repeat(60)}ls${')'.repeat(60)}`
      assert.equal(judged(asking, `echo ${nested}`).verdict, 'deny')
      assert.equal(judged(asking, 'ls;'.repeat(4000)).verdict, 'deny')
    })
    it('asks about the rest where the policy says ask, and shows the approver what will run', () => {
      const opaque = judged(asking, "ls >&'$(id)'")
      assert.equal(opaque.verdict, 'deny')
      const dynamic = judged(asking, 'cat "$f"')
      assert.deepEqual([dynamic.verdict, dynamic.rule], ['ask', 'dynamic'])
      assert.equal(dynamic.forward, dynamic.canonical)
      const array = judged(asking, 'ls a=(x)$(ls)')
      assert.equal(array.verdict === 'ask' ? array.forward : 'ls a=(x)$(ls)', 'ls a=(x)$(ls)')
    })
  })

  describe('hands over what to run', () => {
    it('the canonical form, or the line as it came', () => {
      assert.equal(judged(SAMPLE, "ls  'a' \\\n b").forward, 'ls a b')
      const verbatim = policyOf(`analysis: { forward: verbatim }
rules: [{ id: look, program: ls, verdict: allow }]`)
      assert.equal(judged(verbatim, "ls  'a'").forward, "ls  'a'")
    })

    it('nothing for a denied line', () => {
      assert.equal(judged(SAMPLE, 'rm x').forward, null)
    })

    it('everything under observe, and says so', () => {
      const policy = { ...SAMPLE, mode: 'observe' as const }
      const { verdict, observed, forward } = judged(policy, 'rm  x')
      assert.deepEqual([verdict, observed, forward], ['deny', true, 'rm  x'])
      assert.equal(judged(policy, 'ls').observed, false)
    })

    it('nothing unfiltered outside of where and when that holds', () => {
      const policy = policyOf('unfiltered: true\nwhen: { targets: [lab] }')
      const lab = { target: { name: 'lab', tags: [] } }
      assert.deepEqual(
        [judged(policy, 'ls', lab).unfiltered, judged(policy, 'ls').unfiltered],
        [true, false],
      )
      assert.equal(judged(policy, 'ls').verdict, 'deny')
    })

    it('everything unfiltered, with what it would run', () => {
      const { verdict, unfiltered, forward, input, commands } = judged(
        policyOf('unfiltered: true'),
        'rm  x',
      )
      assert.deepEqual([verdict, unfiltered, forward, input], ['allow', true, 'rm  x', 'raw'])
      assert.deepEqual(commands[0]?.argv, ['rm', 'x'])
    })
  })

  describe('grants input', () => {
    const policy = policyOf(`
rules:
  - { id: pager, program: less, verdict: allow, input: raw, escapes: disabled }
  - { id: top, program: htop, verdict: allow, input: raw, escapes: accepted }
  - { id: shell, program: mysql, verdict: allow, input: line, lines: ["(?i)select .*", quit] }
  - { id: look, program: [ls, cat, cd, echo], verdict: allow }`)
    const inputOf = (line: string): string => judged(policy, line).input

    it('as the rule says, and none without one', () => {
      assert.equal(inputOf('less /var/log/syslog'), 'raw')
      assert.equal(inputOf('ls'), 'none')
      assert.equal(inputOf('mysql'), 'line')
      assert.deepEqual(judged(policy, 'mysql').inputLines, ['(?i)select .*', 'quit'])
    })

    it('the least that any program of the line may have', () => {
      assert.equal(inputOf('cd /var/log && less syslog'), 'raw')
      assert.equal(inputOf('cat /var/log/syslog | less'), 'raw')
      assert.equal(inputOf('cat | less'), 'none')
      assert.equal(inputOf('mysql; htop'), 'line')
    })

    it('to programs that ask before they overwrite or remove', () => {
      const asking = policyOf(`
rules:
  - { id: remove, program: rm, verdict: allow, input: line }
  - { id: look, program: [cat, wc, mv], verdict: allow }`)
      const input = (line: string): string => judged(asking, line).input
      assert.equal(input('rm -i file'), 'line')
      assert.equal(input('rm -i file; cat file'), 'line')
      assert.equal(input('rm file; mv -i one other'), 'none')
      assert.equal(input('rm file; wc'), 'none')
    })

    it('for what a function reads when it is called, not when it is defined', () => {
      assert.equal(inputOf('browse1() { htop; }'), 'none')
      assert.equal(inputOf('browse1() { htop; }; browse1'), 'raw')
      assert.equal(inputOf('browse1() { htop; }; mysql'), 'line')
    })

    it('with the variable that keeps a pager from starting a shell', () => {
      assert.equal(judged(policy, 'less x').forward, 'export LESSSECURE=1\nless x')
      assert.equal(
        judged(policy, 'timeout 9 less x').forward,
        'export LESSSECURE=1\ntimeout 9 less x',
      )
      assert.equal(judged(policy, 'htop').forward, 'htop')
    })

    it('and not where a wrapper could drop that variable', () => {
      assert.equal(outcome(policy, 'env -i less x'), 'deny default')
      assert.equal(outcome(policy, 'sudo -u agent less x'), 'deny default')
      assert.equal(outcome(policy, 'LESSSECURE=0 less x').split(' ')[0], 'deny')
    })
  })

  describe('explains itself so that an agent can correct the line', () => {
    for (const [line, expected] of [
      ['ls; rm -rf x', /no rule of policy sample is about rm\nit knows ls, cat/],
      ['rm x; reboot', /about rm\nno rule of policy sample is about reboot\nit knows ls, .*$/],
      ['cta x', /close to it are cat/],
      ['/bin/ls', /write ls without a directory/],
      [
        'systemctl restart nginx',
        /systemctl: rule restart does not take it: it holds only through sudo as root/,
      ],
      [
        'sudo systemctl restart sshd',
        /the arguments must be: restart <nginx\|app>: restarts need a human/,
      ],
      ['cat /etc/shadow', /cat: it would read \/etc\/shadow, which is protected \(\/etc\/shadow\)/],
      ['grep -r x /etc', /read everything below \/etc, where \/etc\/shadow is protected/],
      ['cat "$f"', /which file "\$f" names is known only when it runs; write the path out/],
      ['cat ../x', /depends on a directory that is not known; write the absolute path/],
      ['ls > /tmp/x', /its output may not be redirected to a file/],
      ['FOO=1 ls', /does not let FOO be set/],
      ['dd if=x', /rule never denies dd: irreversible/],
      ['tail -f "a', /check quotes/],
    ] as const) {
      it(`${line}: ${expected.source}`, () => {
        const { reasons } = judged(SAMPLE, line)
        assert.match(reasons.map(({ text }) => text).join('\n'), expected)
      })
    }

    it('points at the words that are meant', () => {
      const { reasons } = judged(SAMPLE, 'ls; cat /srv/.env /tmp/x')
      assert.deepEqual(
        reasons.map(({ code, at }) => [code, at]),
        [['protected-path', '/srv/.env']],
      )
    })

    it('in a handful of sentences, however long the line', () => {
      const { reasons, commands } = judged(
        SAMPLE,
        Array.from({ length: 200 }, (_, n) => `rm${n}`).join(';'),
      )
      assert.equal(commands.length, 200)
      assert.equal(reasons.length, 14)
      assert.match(reasons.at(-2)?.text ?? '', /188 more/)
    })
  })
})
