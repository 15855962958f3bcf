import assert from 'node:assert/strict'
import fc from 'fast-check'
import { COUNTER_USAGE, readCounterCommand } from '../../../server/core/counter/command.ts'

const read = (line: string) => readCounterCommand(new TextEncoder().encode(line))

/** The request that a line makes, or the sentence that there is none. */
function wishOf(line: string): unknown {
  const command = read(line)
  if (!command.ok) return command.fault
  return command.value.is === 'request' ? command.value.wish : command.value.is
}

describe('readCounterCommand', () => {
  for (const [line, expected] of [
    ['help', { is: 'help' }],
    ['--help', { is: 'help' }],
    ['whoami', { is: 'whoami', json: false }],
    ['whoami --json', { is: 'whoami', json: true }],
    ['--json whoami', { is: 'whoami', json: true }],
    ['  grants   --json ', { is: 'grants', json: true }],
    ['status 0199aa00', { is: 'status', id: '0199aa00', json: false }],
    ['"whoami"', { is: 'whoami', json: false }],
  ] as const) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(read(line), { ok: true, value: expected })
    })
  }

  const plain = { target: 'web1', task: 'OPS-421', reason: 'slow', forMs: 3_600_000 }
  for (const [line, more] of [
    ['request web1 --task OPS-421 --reason slow --for 1h', {}],
    ['request web1 --for 1h --reason=slow --task=OPS-421', {}],
    [
      'request web1 --task OPS-421 --reason logins are slow --for 1h',
      { reason: 'logins are slow' },
    ],
    [
      `request web1 --task OPS-421 --reason users can't log in --for 1h`,
      { reason: "users can't log in" },
    ],
    [
      `request web1 --task OPS-421 --reason "it's --for ever" --for 1h`,
      { reason: "it's --for ever" },
    ],
    ['request web1 --task OPS-421 --for 1h --reason "--json"', { reason: '--json' }],
    [`request web1 --task OPS-421 --for 1h --reason='two  words'`, { reason: 'two  words' }],
    [
      'request web1 --task OPS-421 --for 1h --reason down by -5 - or more',
      { reason: 'down by -5 - or more' },
    ],
    ['request web1 --reason slow --for 90m', { task: null, forMs: 5_400_000 }],
    ['request web1 --task OPS-421 --reason slow --for 1h --login deploy', { login: 'deploy' }],
    [
      'request web1 --task OPS-421 --reason slow --for 1h --policy investigator',
      { policy: 'investigator' },
    ],
    ['request web1 --task OPS-421 --reason größer 🚪 --for 1h', { reason: 'größer 🚪' }],
  ] as const) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(wishOf(line), { login: null, policy: null, ...plain, ...more })
    })
  }

  for (const [line, sentence] of [
    ['', 'say what you want'],
    ['   ', 'say what you want'],
    ['whoami now', 'whoami takes nothing but --json'],
    ['grant', 'there is no command "grant", did you mean grants?'],
    ['uptime; rm -rf /', 'there is no command "uptime;"'],
    ['$(id)', 'there is no command "$(id)"'],
    ['help me', 'help takes nothing'],
    ['status', 'status takes the id that request printed'],
    ['status a b', 'status takes the id that request printed'],
    ['request', 'say which target first'],
    ['request --task T web1 --reason R --for 1h', 'say which target first'],
    ['request WEB1 --task T --reason R --for 1h', 'say which target first'],
    ['request sallyport --task T --reason R --for 1h', 'say which target first'],
    ['request web1 web2 --task T --reason R --for 1h', 'what is "web2"?'],
    ['request web1 --tsak T --reason R --for 1h', 'no option "--tsak", did you mean --task?'],
    ['request web1 -f --task T --reason R --for 1h', 'there is no option "-f"'],
    ['request web1 --task T --task U --reason R --for 1h', '--task is given twice'],
    ['request web1 --task T --for 1h', '--reason is missing'],
    ['request web1 --task T --reason --for 1h', '--reason needs a value'],
    ['request web1 --task T --reason "" --for 1h', '--reason needs a value'],
    ['request web1 --task T --reason R', '--for is missing'],
    ['request web1 --task T --reason R --for soon', '--for: expected a duration'],
    ['request web1 --task T --reason R --for 0h', '--for: expected a duration'],
    ['request web1 --task T --reason R --for 91d', '--for: at most 12w 6d'],
    ['request web1 --task T --reason R --for 1h --login $(id)', '--login: expected a login name'],
    ['request web1 --task T --reason R --for 1h --policy ../../etc', '--policy: expected the name'],
    ['request web1 --task T --reason "R --for 1h', 'a quote " is not closed'],
    [`request web1 --task T --reason 'it's' --for 1h`, "a quote ' closes in the middle of a word"],
    [`request web1 --task ${'T'.repeat(201)} --reason R --for 1h`, '--task: at most 200'],
    [`request web1 --task T --reason ${'R'.repeat(501)} --for 1h`, '--reason: at most 500'],
    [`whoami ${'x'.repeat(4096)}`, 'at most 4096 bytes'],
    ['whoami\nwhoami', 'one line'],
    ['request web1 --task T --reason a\u001b[2Jb --for 1h', 'one line'],
    ['request web1 --task T --reason a\u202eb --for 1h', 'one line'],
  ] as const) {
    it(`answers ${JSON.stringify(line.slice(0, 60))} with: ${sentence}`, () => {
      const command = read(line)
      assert.ok(!command.ok)
      assert.ok(command.fault.includes(sentence), command.fault)
    })
  }

  it('answers bytes that are no text', () => {
    assert.deepEqual(readCounterCommand(Uint8Array.of(0x77, 0xff)), {
      ok: false,
      fault: 'the line is not UTF-8',
    })
  })

  it('names every command in its usage', () => {
    for (const command of ['help', 'whoami', 'grants', 'request', 'status']) {
      assert.ok(COUNTER_USAGE.includes(command))
    }
  })

  it('reads any bytes at all, and keeps what it takes within its bounds', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'request',
        'web1',
        '--task',
        '--reason',
        '--for',
        '1h',
        '--login',
        '"',
        "'",
        '=',
        ' ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    )
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(word, { maxLength: 30 }).map(words => new TextEncoder().encode(words.join(' '))),
    )
    fc.assert(
      fc.property(line, bytes => {
        const command = readCounterCommand(bytes)
        if (!command.ok) return command.fault !== '' && command.fault.length < 5000
        if (command.value.is !== 'request') return true
        const { reason, target, task } = command.value.wish
        return (
          /^[a-z0-9][a-z0-9.-]{0,62}$/.test(target) &&
          reason.length > 0 &&
          reason.length <= 500 &&
          (task === null || (task.length > 0 && task.length <= 200)) &&
          !/\p{Cc}/u.test(reason + (task ?? ''))
        )
      }),
      { numRuns: 2000 },
    )
  })
})
