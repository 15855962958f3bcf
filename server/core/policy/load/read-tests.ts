import type { Node } from 'yaml'
import type { TargetShell } from '../../access.ts'
import type { TransferAttempt } from '../decide-transfer.ts'
import type { VerdictWord } from '../policy.ts'
import type { Entry, Source } from './source.ts'

/** One entry of `tests`. */
export interface PolicyTest {
  readonly node: Node
  readonly run: string | null
  readonly transfer: TransferAttempt | null
  readonly expect: VerdictWord
  readonly rule: string | null
  /** A reserved word (`opaque`) or a reason's code. */
  readonly because: string | null
  readonly shell: TargetShell
  readonly login: string
  readonly workingDirectory: string | null
  readonly homeDirectory: string | null
  /** Where and when, for policies with `when`; null leaves `when` out. */
  readonly target: { readonly name: string; readonly tags: readonly string[] } | null
  readonly atMs: number | null
}

const KEYS = [
  'run',
  'transfer',
  'expect',
  'rule',
  'because',
  'shell',
  'login',
  'cwd',
  'home',
  'target',
  'tags',
  'at',
]

export function readTest(source: Source, node: Node): PolicyTest | null {
  const keys = source.entries(node, KEYS, 'test')
  const text = (name: string): string | null => {
    const entry = keys.get(name)
    return entry === undefined ? null : source.text(entry)
  }
  const run = keys.get('run')
  const attempt = keys.get('transfer')
  const expected = keys.get('expect')
  if ((run === undefined) === (attempt === undefined)) {
    source.error(node, 'test: say either run or transfer')
    return null
  }
  if (expected === undefined) {
    source.error(node, 'test: expect is missing: allow, ask or deny')
    return null
  }
  const expect = source.choice(expected, ['allow', 'ask', 'deny'])
  const shell = keys.get('shell')
  const transfer = attempt === undefined ? null : readAttempt(source, attempt)
  if (expect === null || (attempt !== undefined && transfer === null)) return null
  return {
    node,
    run: run === undefined ? null : source.text(run),
    transfer,
    expect,
    rule: text('rule'),
    because: text('because'),
    shell: (shell === undefined ? null : source.choice(shell, ['bash', 'sh'])) ?? 'bash',
    login: text('login') ?? 'agent',
    workingDirectory: absolute(source, keys.get('cwd')) ?? '~',
    homeDirectory: absolute(source, keys.get('home')),
    target: readTarget(source, keys.get('target'), keys.get('tags')),
    atMs: readInstant(source, keys.get('at')),
  }
}

function readAttempt(source: Source, entry: Entry): TransferAttempt | null {
  if (entry.value === null) {
    source.error(entry.key, 'transfer: expected protocol, direction, path, bytes')
    return null
  }
  const keys = source.entries(
    entry.value,
    ['protocol', 'direction', 'path', 'bytes', 'tree'],
    'transfer',
  )
  const protocol = keys.get('protocol')
  const direction = keys.get('direction')
  const path = keys.get('path')
  const bytes = keys.get('bytes')
  const tree = keys.get('tree')
  if (protocol === undefined || direction === undefined || path === undefined) {
    source.error(entry.key, 'transfer: protocol, direction and path are all needed')
    return null
  }
  const how = source.choice(protocol, ['sftp', 'scp', 'rsync', 'git'])
  const way = source.choice(direction, ['upload', 'download'])
  const where = source.text(path)
  if (how === null || way === null || where === null) return null
  return {
    protocol: how,
    direction: way,
    path: where,
    bytes: bytes === undefined ? null : Number(source.text(bytes)),
    isTree: tree === undefined ? false : (source.flag(tree) ?? false),
  }
}

function absolute(source: Source, entry: Entry | undefined): string | null {
  const text = entry === undefined ? null : source.text(entry)
  if (entry === undefined || text === null) return null
  if (text.startsWith('/')) return text
  source.error(entry.value ?? entry.key, `${entry.name}: "${text}" must be an absolute path`)
  return null
}

function readTarget(
  source: Source,
  name: Entry | undefined,
  tags: Entry | undefined,
): PolicyTest['target'] {
  if (name === undefined && tags === undefined) return null
  return {
    name: (name === undefined ? null : source.text(name)) ?? 'target',
    tags: tags === undefined ? [] : source.words(tags).map(({ text }) => text),
  }
}

function readInstant(source: Source, entry: Entry | undefined): number | null {
  const text = entry === undefined ? null : source.text(entry)
  if (entry === undefined || text === null) return null
  const ms = Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  source.error(entry.value ?? entry.key, `at: "${text}" is no instant; write 2026-11-20T12:00:00Z`)
  return null
}
