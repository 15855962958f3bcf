import type { Attack, AttackScene } from './attack-scene.ts'

/** On what a token says that its issuer did sign. */
export const claimAttacks = (at: AttackScene): Attack[] => [
  ['another audience', 'audience-other', () => at.issuer.token({ aud: 'https://vault.example' })],
  [
    'an audience that begins like ours',
    'audience-other',
    () => at.issuer.token({ aud: 'sallyport-staging' }),
  ],
  [
    'a list of audiences with ours among them',
    'audience-shared',
    () => at.issuer.token({ aud: ['sallyport', 'https://vault.example'] }),
  ],
  [
    'an audience that is an object',
    'claim-unusable',
    () => at.issuer.token({ aud: { 0: 'sallyport' } }),
  ],
  ['an empty list of audiences', 'audience-other', () => at.issuer.token({ aud: [] })],
  ['no audience', 'claim-missing', () => at.issuer.token({ aud: undefined })],
  ['an end a second ago', 'token-expired', () => at.issuer.token({ exp: at.now() - 1 })],
  ['an end this very second', 'token-expired', () => at.issuer.token({ exp: at.now() })],
  ['no end', 'claim-missing', () => at.issuer.token({ exp: undefined })],
  ['an end that is text', 'claim-unusable', () => at.issuer.token({ exp: String(at.now() + 300) })],
  ['an end beyond all time', 'claim-unusable', () => at.issuer.token({ exp: 1e300 })],
  ['an end before 1970', 'claim-unusable', () => at.issuer.token({ exp: -1 })],
  [
    'a beginning in five minutes',
    'token-not-yet-valid',
    () => at.issuer.token({ nbf: at.now() + 300, exp: at.now() + 600 }),
  ],
  ['no beginning', 'claim-missing', () => at.issuer.token({ nbf: undefined })],
  ['a beginning that is null', 'claim-unusable', () => at.issuer.token({ nbf: null })],
  [
    'an issue in the future',
    'token-from-the-future',
    () => at.issuer.token({ iat: at.now() + 300, exp: at.now() + 600 }),
  ],
  ['no time of issue', 'claim-missing', () => at.issuer.token({ iat: undefined })],
  [
    'an issue two hours ago and an end in a year',
    'token-too-old',
    () => at.issuer.token({ iat: at.now() - 7200, exp: at.now() + 31_536_000 }),
  ],
  ['no subject', 'claim-missing', () => at.issuer.token({ sub: undefined })],
  ['a subject nobody mapped', 'no-agent', () => at.issuer.token({ sub: 'somebody-else' })],
  [
    'a subject that is a list with the right one in it',
    'claim-missing',
    () => at.issuer.token({ sub: ['somebody'] }),
  ],
]
