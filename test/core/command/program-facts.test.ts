import assert from 'node:assert/strict'
import { optionsInWord, readOptionLine } from '../../../server/core/command/option-grammar.ts'
import { knownPrograms, programFacts } from '../../../server/core/command/program-facts.ts'

describe('the table of programs', () => {
  const entries = knownPrograms()
    .map(programFacts)
    .filter(facts => facts.isKnown)

  it('has an entry for what administrators type every day', () => {
    for (const name of 'ls cat grep find tar rsync systemctl journalctl ps ss sed sort curl'.split(
      ' ',
    )) {
      assert.ok(programFacts(name).isKnown, name)
    }
  })

  it('names a source for every entry', () => {
    for (const { name, source } of entries) assert.match(source, /\w/, name)
  })

  it('spells no option twice within a program', () => {
    for (const { name, options } of entries) {
      const names = options.flatMap(option => option.names)
      const twice = names.filter((option, index) => names.indexOf(option) !== index)
      assert.deepEqual(twice, [], name)
    }
  })

  it('names only options it has where they change operands or walk trees', () => {
    for (const { name, options, operands, walksTrees } of entries) {
      const names = new Set(options.flatMap(option => option.names))
      const meant = [
        ...(operands.unless?.options ?? []),
        ...(Array.isArray(walksTrees) ? walksTrees : []),
      ]
      assert.deepEqual(
        meant.filter(option => !names.has(option as string)),
        [],
        name,
      )
    }
  })
})

describe('programFacts', () => {
  for (const [name, category] of [
    ['python3', 'interpreter'],
    ['python3.11', 'interpreter'],
    ['awk', 'interpreter'],
    ['less', 'escapes'],
    ['vim', 'escapes'],
    ['bash', 'shell'],
    ['zsh', 'shell'],
    ['ssh', 'opaque'],
    ['docker', 'opaque'],
    ['sudo', 'runs-others'],
    ['find', 'runs-others'],
    ['curl', 'network'],
  ] as const) {
    it(`knows ${name}: ${category}`, () => assert.ok(programFacts(name).categories.has(category)))
  }

  it('takes the strict view of a program without an entry', () => {
    const facts = programFacts('nobody-knows')
    assert.deepEqual([facts.isKnown, facts.operands.kinds, facts.options], [false, ['path'], []])
  })

  it('catalogues more than two hundred programs that can run others', () => {
    const capable = knownPrograms().filter(name => programFacts(name).categories.has('runs-others'))
    assert.ok(capable.length > 200, `${capable.length}`)
  })
})

describe('readOptionLine', () => {
  it('reads names, value, kind and effect', () => {
    assert.deepEqual(readOptionLine('-o --output =path !writes'), {
      names: ['-o', '--output'],
      value: 'required',
      kind: 'path',
      effect: 'writes',
      isLeading: false,
    })
    assert.equal(readOptionLine('--color [=data]').value, 'optional')
    assert.equal(readOptionLine('-I =program').effect, 'runs')
    assert.equal(readOptionLine('-p !runs !leading').isLeading, true)
  })

  it('throws at what is no option line', () => {
    for (const line of ['', '=path', '-o =nothing']) assert.throws(() => readOptionLine(line), line)
  })
})

describe('optionsInWord', () => {
  const options = [
    '-a --all',
    '-o --output =path',
    '--outline',
    '-i --in-place [=data]',
    '-name =pattern',
  ].map(readOptionLine)
  const found = (word: string, style: 'clusters' | 'words' = 'clusters') =>
    optionsInWord(word, options, style)?.map(({ typed, facts, attached }) => [
      typed,
      facts.length,
      attached,
    ])

  for (const [word, expected] of [
    ['-a', [['-a', 1, null]]],
    [
      '-ao',
      [
        ['-a', 1, null],
        ['-o', 1, null],
      ],
    ],
    [
      '-aofile',
      [
        ['-a', 1, null],
        ['-o', 1, 'file'],
      ],
    ],
    ['-i.bak', [['-i', 1, '.bak']]],
    ['--all', [['--all', 1, null]]],
    ['--output=x', [['--output', 1, 'x']]],
    ['--outp=x', [['--outp', 1, 'x']]],
    ['--out', [['--out', 2, null]]],
    ['--none', [['--none', 0, null]]],
    ['-z', [['-z', 0, null]]],
    ['-name', [['-name', 1, null]]],
    ['a', undefined],
    ['-', undefined],
    ['--', undefined],
  ] as const) {
    it(`takes ${word} apart`, () => assert.deepEqual(found(word), expected))
  }

  it('leaves words whole where a program does', () => {
    assert.deepEqual(found('-ao', 'words'), [['-ao', 0, null]])
  })
})
