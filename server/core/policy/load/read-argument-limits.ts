import { isMap, isScalar, isSeq, type Node } from 'yaml'
import type { ArgumentLimits, ArgumentShape, WordLimits } from '../policy.ts'
import { readGlobs, readPattern } from './read-values.ts'
import type { Entry, Source } from './source.ts'

const WORD_KEYS = ['one-of', 'pattern', 'paths']

/**
 * `argv`, and `operands` as a list: words, `{ one-of: […] }`, `{ any: true }`, then `{ optional: … }`, and
 * `{ rest: … }` at the end; `any` stands for limits as well.
 */
export function readShape(source: Source, entry: Entry): ArgumentShape[] {
  const items = source.items(entry)
  const shape = readShapeItems(source, entry, items)
  const firstOptional = shape.findIndex(({ is }) => is === 'optional')
  const isSettled = shape.slice(firstOptional).every(({ is }) => is === 'optional' || is === 'rest')
  if (firstOptional !== -1 && !isSettled) {
    source.error(
      entry.key,
      `${entry.name}: only optional words and rest can follow an optional one`,
    )
  }
  return shape
}

function readShapeItems(source: Source, entry: Entry, items: readonly Node[]): ArgumentShape[] {
  return items.flatMap((node, index): ArgumentShape[] => {
    if (isScalar(node)) {
      const [word] = source.words({ ...entry, value: node })
      return word === undefined ? [] : [{ is: 'text', text: word.text }]
    }
    const keys = source.entries(node, [...WORD_KEYS, 'any', 'optional', 'rest'], entry.name)
    const rest = keys.get('rest')
    const optional = keys.get('optional')
    if (optional !== undefined) {
      const limits = readFreeLimits(source, optional)
      return limits === null ? [] : [{ is: 'optional', limits }]
    }
    if (rest !== undefined) {
      if (index !== items.length - 1)
        source.error(node, `${entry.name}: rest can only stand at the end`)
      const limits = readFreeLimits(source, rest)
      return limits === null ? [] : [{ is: 'rest', limits }]
    }
    if (keys.has('any')) return [{ is: 'limits', limits: ANYTHING }]
    return [{ is: 'limits', limits: readWordKeys(source, node, keys) }]
  })
}

export function readArgumentLimits(source: Source, entry: Entry): ArgumentLimits | null {
  if (entry.value === null) {
    source.error(entry.key, 'arguments: expected keys and values')
    return null
  }
  const keys = source.entries(
    entry.value,
    ['options', 'deny-options', 'required-options', 'values', 'paths', 'operands'],
    'arguments',
  )
  const options = keys.get('options')
  const denied = keys.get('deny-options')
  const required = keys.get('required-options')
  const values = keys.get('values')
  const paths = keys.get('paths')
  const operands = keys.get('operands')
  if (options !== undefined && denied !== undefined) {
    source.error(
      denied.key,
      'arguments: with options, everything else is denied; leave deny-options out',
    )
  }
  return {
    options: options === undefined ? null : readOptions(source, options),
    denyOptions: denied === undefined ? [] : readOptions(source, denied),
    requiredOptions: required === undefined ? [] : readOptions(source, required),
    values: values === undefined ? [] : readValues(source, values),
    paths: paths === undefined ? null : readGlobs(source, paths, 'anywhere'),
    operands:
      operands === undefined || isSeq(operands.value) ? null : readWordLimits(source, operands),
    operandShape:
      operands !== undefined && isSeq(operands.value) ? readShape(source, operands) : null,
  }
}

const ANYTHING: WordLimits = { oneOf: null, pattern: null, paths: null }

function readFreeLimits(source: Source, entry: Entry): WordLimits | null {
  if (isScalar(entry.value) && entry.value.value === 'any') return ANYTHING
  return readWordLimits(source, entry)
}

function readWordLimits(source: Source, entry: Entry): WordLimits | null {
  const { value } = entry
  if (value === null || !isMap(value)) {
    source.error(value ?? entry.key, `${entry.name}: expected { ${WORD_KEYS.join(' | ')}: … }`)
    return null
  }
  return readWordKeys(source, value, source.entries(value, WORD_KEYS, entry.name))
}

function readWordKeys(source: Source, node: Node, keys: Map<string, Entry>): WordLimits {
  const oneOf = keys.get('one-of')
  const pattern = keys.get('pattern')
  const paths = keys.get('paths')
  if (isMap(node) && node.items.length === 0)
    source.error(node, `expected ${WORD_KEYS.join(', ')} or any`)
  return {
    oneOf: oneOf === undefined ? null : source.words(oneOf).map(({ text }) => text),
    pattern: pattern === undefined ? null : readPattern(source, pattern),
    paths: paths === undefined ? null : readGlobs(source, paths, 'anywhere'),
  }
}

function readOptions(source: Source, entry: Entry): string[] {
  return source.words(entry).flatMap(({ text, node }) => {
    if (/^[-+][^\s=]+$/.test(text)) return [text]
    const hint = text.includes('=')
      ? 'write the option alone; its value can be limited under values'
      : 'an option begins with a dash'
    source.error(node, `${entry.name}: "${text}": ${hint}`)
    return []
  })
}

function readValues(source: Source, entry: Entry): ArgumentLimits['values'] {
  if (entry.value === null || !isMap(entry.value)) {
    source.error(
      entry.value ?? entry.key,
      'values: expected "-option": { one-of | pattern | paths: … }',
    )
    return []
  }
  return entry.value.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return []
    const name = String(key.value)
    const [option] = readOptions(source, { name: 'values', key, value: key })
    const limits = readWordLimits(source, { name, key, value: (value ?? null) as Node | null })
    return option === undefined || limits === null ? [] : [{ option, limits }]
  })
}
