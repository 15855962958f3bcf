import assert from 'node:assert/strict'
import fc from 'fast-check'
import { explainTokenRefusal } from '../../../server/core/identity-tokens/refusal.ts'
import { readToken } from '../../../server/core/identity-tokens/read-token.ts'
import { findRepeatedMember } from '../../../server/core/identity-tokens/repeated-member.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const HEADER = '{"alg":"RS256","kid":"key-1","typ":"JWT"}'
const CLAIMS = '{"iss":"https://issuer.example","sub":"x","deep":{"a":[1,{"b":null}]}}'
const token = `${encode(HEADER)}.${encode(CLAIMS)}.${encode('signature')}`

describe('readToken', () => {
  it('reads what a token claims', () => {
    assert.deepEqual(readToken(token), {
      ok: true,
      value: {
        algorithm: 'RS256',
        keyId: 'key-1',
        issuer: 'https://issuer.example',
        claims: JSON.parse(CLAIMS) as object,
      },
    })
  })

  it('refuses a token cut before its last part, at any character', () => {
    for (let length = 0; length <= token.lastIndexOf('.'); length += 1) {
      assert.equal(readToken(token.slice(0, length)).ok, false, `cut at ${length}`)
    }
  })

  it('reads or refuses a token with any character changed, and says why in two sentences', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const character of 'A_.= \n\0é') {
        const read = readToken(token.slice(0, at) + character + token.slice(at + 1))
        if (read.ok) continue
        const { toCaller, toLog } = explainTokenRefusal(read.fault)
        assert.ok(toCaller.includes(';') && toLog.length > 0, toCaller)
      }
    }
  })

  it('survives whatever somebody sends', () => {
    const part = fc.oneof(fc.base64String(), fc.json().map(encode), fc.string())
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), parts => {
        readToken(parts.join('.'))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('findRepeatedMember', () => {
  for (const [json, expected] of [
    ['{}', null],
    ['[]', null],
    ['"a"', null],
    ['{"a":1,"b":2}', null],
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a" : 1 , "a" \n: 2}', 'a'],
    ['{"a":{"a":1}}', null],
    ['{"a":[{"b":1},{"b":2}]}', null],
    ['{"a":[{"b":1,"b":2}]}', 'b'],
    ['{"a":"\\"a\\":","b":":"}', null],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', null],
    ['{"a":["a","a"]}', null],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', ''],
    ['{"a\\\\":1,"a":2}', null],
  ] as const) {
    it(`finds ${expected === null ? 'none' : JSON.stringify(expected)} in ${json.replace('\n', '↵')}`, () => {
      JSON.parse(json)
      assert.equal(findRepeatedMember(json), expected)
    })
  }

  it('finds none in what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.json(), json => {
        assert.equal(findRepeatedMember(json), null)
      }),
      { numRuns: 2000 },
    )
  })

  it('walks deep and long texts in a straight line', () => {
    assert.equal(findRepeatedMember(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), null)
    assert.equal(findRepeatedMember(`{"a":"${'\\"'.repeat(100_000)}"}`), null)
  })
})
