import assert from 'node:assert/strict'
import { startJudge, type RunningJudge, type Trouble } from '../../server/workers/judge.ts'
import type { Judgement } from '../../server/core/policy/judgement.ts'
import type { Policy } from '../../server/core/policy/policy.ts'
import { contextOf, judged, policyOf, starter } from '../support/policy-lines.ts'

const bytes = (line: string): Uint8Array => new TextEncoder().encode(line)

/** A line and a policy that take minutes to compare, whatever the reader of lines makes of them. */
const SLOW_LINE = `cat ${Array.from({ length: 1200 }, (_, n) => `/${'a'.repeat(3)}${n}`).join(' ')}`
const slowPolicy = (): Policy => {
  const policy = policyOf('rules: [{ id: look, program: cat, verdict: allow }]')
  const read = Array.from({ length: 60_000 }, (_, n) => `/*a*${n}*b`)
  return { ...policy, protect: { ...policy.protect, read } }
}

describe('startJudge', () => {
  const policy = starter('investigator')
  let judge: RunningJudge
  let troubles: [Trouble, string][]

  const start = (options: Parameters<typeof startJudge>[0] = {}): void => {
    troubles = []
    judge = startJudge({
      threads: 1,
      // Far beyond what any line here takes on a busy machine; tests about the deadline set their own.
      deadlineMs: 20_000,
      ...options,
      onTrouble: (trouble, detail) => troubles.push([trouble, detail]),
    })
  }
  const ask = (line: string | Uint8Array, under: Policy = policy): Promise<Judgement> =>
    judge.judge(typeof line === 'string' ? bytes(line) : line, contextOf(under))

  afterEach(() => judge.close())

  it('answers as the judge does', async () => {
    start()
    for (const line of ['ls', 'cat /etc/shadow', 'rm x', 'ls "$x"', 'a\u0000']) {
      assert.deepEqual(await ask(line), judged(policy, bytes(line)))
    }
  })

  it('answers many at once, each its own line', async () => {
    start({ threads: 2 })
    const lines = Array.from({ length: 300 }, (_, n) => `echo ${n}`)
    const answers = await Promise.all(lines.map(line => ask(line)))
    assert.deepEqual(
      answers.map(({ canonical }) => canonical),
      lines,
    )
  })

  it('keeps policies apart, also those that share a text', async () => {
    start()
    const observing = { ...policy, mode: 'observe' as const }
    assert.equal((await ask('rm x')).observed, false)
    assert.equal((await ask('rm x', observing)).observed, true)
    assert.equal((await ask('rm x')).observed, false)
    for (let n = 0; n < 150; n += 1) {
      const own = policyOf(`rules: [{ id: r${n}, program: p${n}, verdict: allow }]`)
      assert.equal((await ask(`p${n}`, own)).rule, `r${n}`)
    }
    assert.equal((await ask('ls')).rule, 'reading')
  })

  it('refuses a line that takes too long, and goes on with the next', async () => {
    start({ deadlineMs: 400 })
    assert.equal((await eventually(() => ask('ls'))).verdict, 'allow')
    const answer = await ask(SLOW_LINE, slowPolicy())
    assert.deepEqual(
      [answer.verdict, answer.rule, answer.reasons[0]?.code],
      ['deny', 'unreadable', 'deadline'],
    )
    // The next one finds the thread being replaced, and may have to try again.
    assert.equal((await eventually(() => ask('ls'))).verdict, 'allow')
    assert.ok(troubles.some(([trouble]) => trouble === 'deadline'))
  })

  it('lets one thread be stuck while the others go on', async () => {
    start({ threads: 2, deadlineMs: 4000 })
    await Promise.all([ask('ls'), ask('ls')])
    const slow = ask(SLOW_LINE, slowPolicy())
    for (let n = 0; n < 20; n += 1) assert.equal((await ask('ls')).verdict, 'allow')
    assert.equal((await slow).rule, 'unreadable')
  })

  it('lets a line pass that could not be judged only where everything passes', async () => {
    start({ deadlineMs: 300 })
    await ask('ls')
    const observed = await ask(SLOW_LINE, { ...slowPolicy(), mode: 'observe' })
    assert.deepEqual(
      [observed.verdict, observed.observed, observed.forward],
      ['deny', true, SLOW_LINE],
    )
  })

  it('refuses what would wait behind too many', async () => {
    start({ waitingLines: 3, deadlineMs: 400 })
    await ask('ls')
    const slow = ask(SLOW_LINE, slowPolicy())
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('ls')))
    const codes = answers.map(({ reasons }) => reasons[0]?.code)
    assert.equal(codes.filter(code => code === 'judge-busy').length, 7)
    assert.equal((await slow).rule, 'unreadable')
  })

  it('answers everything that waits when it is closed, and nothing after', async () => {
    start()
    const waiting = [ask('ls'), ask('ls'), ask('ls')]
    await judge.close()
    for (const answer of await Promise.all(waiting)) assert.equal(answer.rule, 'unreadable')
    assert.equal((await ask('ls')).reasons[0]?.code, 'judge-busy')
    assert.equal(judge.waiting(), 0)
  })

  it('says no, and goes on, when its own code fails on a line', async () => {
    start()
    const broken = { ...policy, rules: null } as unknown as Policy
    assert.equal((await ask('ls', broken)).reasons[0]?.code, 'judge-failed')
    assert.equal((await ask('ls')).verdict, 'allow')
    assert.equal(troubles[0]?.[0], 'crash')
  })
})

async function eventually(attempt: () => Promise<Judgement>): Promise<Judgement> {
  for (;;) {
    const answer = await attempt()
    if (answer.reasons[0]?.code !== 'deadline') return answer
  }
}
