import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fillTemplate, parseTemplate } from '../../../server/core/identity-tokens/template.ts'

function fill(text: string, claims: Record<string, unknown>) {
  const template = parseTemplate(text)
  assert.ok(template.ok, template.ok ? '' : template.fault)
  return fillTemplate(template.value, claims)
}

describe('parseTemplate', () => {
  for (const [text, fault] of [
    ['ci-{project', 'a brace alone'],
    ['ci-project}', 'a brace alone'],
    ['ci-{{project}}', 'a brace alone'],
    ['ci-{}', 'empty braces'],
    ['ci-{ }', 'empty braces'],
    ['{a}{b}', 'side by side'],
    ['{a}, run {b}', 'letters or digits between'],
    ['{a}2{b}', 'letters or digits between'],
  ] as const) {
    it(`refuses ${text}`, () => {
      const parsed = parseTemplate(text)
      assert.ok(!parsed.ok && parsed.fault.includes(fault))
    })
  }
})

describe('fillTemplate', () => {
  it('puts in claims, also from within others, and numbers as their text', () => {
    const claims = { a: { b: { c: 'deep' } }, id: 7, 'https://x.example/name': 'whole' }
    const filled = fill('x-{a/b/c}-{id}', claims)
    assert.deepEqual(filled, { ok: true, value: 'x-deep-7' })
    assert.deepEqual(fill('{https://x.example/name}', claims), { ok: true, value: 'whole' })
  })

  for (const [what, claims] of [
    ['absent', {}],
    ['empty', { name: '' }],
    ['null', { name: null }],
    ['a list', { name: ['a'] }],
    ['an object', { name: { toString: 'a' } }],
    ['a fraction', { name: 1.5 }],
    ['beyond what a number can hold', { name: 2 ** 60 }],
  ] as const) {
    it(`refuses a claim that is ${what}`, () => {
      assert.equal(fill('x-{name}', claims).ok, false)
    })
  }

  it('takes nothing from where no token put it', () => {
    assert.equal(fill('{constructor/name}', {}).ok, false)
    assert.equal(fill('{toString}', {}).ok, false)
    assert.equal(fill('{__proto__/a}', JSON.parse('{"x":1}') as Record<string, unknown>).ok, false)
  })

  it('never makes one name of two different pairs of claims', () => {
    const value = fc.stringMatching(/^[a-c.-]{1,4}$/)
    const between = fc.stringMatching(/^[.-]{1,2}$/)
    fc.assert(
      fc.property(value, value, value, value, between, (one, two, other, another, text) => {
        const first = fill(`{a}${text}{b}`, { a: one, b: two })
        const second = fill(`{a}${text}{b}`, { a: other, b: another })
        if (!first.ok || !second.ok || first.value !== second.value) return
        assert.deepEqual([one, two], [other, another])
      }),
      { numRuns: 5000 },
    )
  })
})
