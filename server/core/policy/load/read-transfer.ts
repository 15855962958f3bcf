import type { TransferRule } from '../policy.ts'
import { readGlobs, readSize } from './read-values.ts'
import type { Entry, Source } from './source.ts'

const PROTOCOLS = ['sftp', 'scp', 'rsync', 'git'] as const
const DIRECTIONS = ['upload', 'download'] as const

type Limits = Pick<TransferRule, 'protocols' | 'directions' | 'paths' | 'maxBytes'>

export function readTransfer(source: Source, entry: Entry): Limits | null {
  if (entry.value === null) {
    source.error(entry.key, 'transfer: expected protocol, direction, paths, max-bytes')
    return null
  }
  const keys = source.entries(
    entry.value,
    ['protocol', 'direction', 'paths', 'max-bytes'],
    'transfer',
  )
  const paths = keys.get('paths')
  const maxBytes = keys.get('max-bytes')
  return {
    protocols: choices(source, keys.get('protocol'), PROTOCOLS),
    directions: choices(source, keys.get('direction'), DIRECTIONS),
    paths: paths === undefined ? null : readGlobs(source, paths, 'anchored'),
    maxBytes: maxBytes === undefined ? null : readSize(source, maxBytes),
  }
}

/** The given ones; all when nothing is said. */
function choices<Choice extends string>(
  source: Source,
  entry: Entry | undefined,
  all: readonly Choice[],
): readonly Choice[] {
  if (entry === undefined) return all
  return source.items(entry).flatMap(value => source.choice({ ...entry, value }, all) ?? [])
}
