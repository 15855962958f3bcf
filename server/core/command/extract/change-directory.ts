import type { Word } from '../reading.ts'
import { SOMEWHERE } from '../shell-state.ts'
import type { Extraction } from './extraction.ts'

/** What `cd` does to the place where later commands run, if it succeeds. */
export function readDirectoryChange(args: readonly Word[], x: Extraction): void {
  const operands = args.filter(word => !(word.is === 'literal' && /^-(-|[LPe@]+)$/.test(word.text)))
  const [target] = operands
  if (operands.length === 0) {
    x.state.directory = { is: 'dynamic', source: '~', prefix: '', several: false, home: '' }
  } else if (operands.length > 1 || target === undefined) {
    x.state.directory = SOMEWHERE
  } else {
    x.state.directory = under(x.state.directory, target)
  }
}

/** `target` as seen from `base`; a relative path with no known base stays relative to where the line began. */
export function under(base: Word | null, target: Word): Word {
  if (target.is === 'dynamic') {
    return target.home === undefined ? SOMEWHERE : target
  }
  // `-` is the directory before, an empty word is none at all.
  if (target.text === '' || target.text.startsWith('-')) return SOMEWHERE
  if (target.text.startsWith('/') || base === null) return target
  if (base.is === 'literal') return { is: 'literal', text: `${base.text}/${target.text}` }
  if (base.home === undefined) return SOMEWHERE
  return { ...base, home: base.home === '' ? target.text : `${base.home}/${target.text}` }
}
