import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Which rooms a room may import from. Entries wire the parts and may import everything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'server/core': [],
  'server/config': ['server/core'],
  'server/session': ['server/core'],
  'server/keys': ['server/core'],
  'server/workers': ['server/core'],
  'server/policies': ['server/core'],
  'server/operations': ['server/core'],
  'server/store': ['server/core', 'migrations'],
  'server/http': ['server/core'],
  'server/ssh': ['server/core', 'server/session', 'server/config'],
  'server/demo': ['server/core'],
  migrations: [],
  'replay-ui': ['server/core'],
}

/** Libraries that live in one room and nowhere else. */
const LIVES_IN: Record<string, string> = {
  ssh2: 'server/ssh',
  knex: 'server/store',
  pg: 'server/store',
  jose: 'server/http',
  ws: 'server/http',
  'openid-client': 'server/http',
  unbash: 'server/core/command',
}

interface Import {
  from: string
  to: string
}

const imports = sourceFiles(['server', 'migrations', 'replay-ui']).flatMap(importsOf)

describe('the house', () => {
  it('has imports to check', () => {
    assert.ok(
      imports.filter(({ to }) => to.startsWith('server/')).length > 20,
      `${imports.length} imports`,
    )
  })

  it('lets data flow one way: rooms import only what they may', () => {
    const trespasses = imports.filter(({ from, to }) => {
      const room = roomOf(from)
      const target = roomOf(to)
      if (room === null || target === null || room === target) return false
      return !MAY_IMPORT[room]?.includes(target)
    })
    assert.deepEqual(trespasses, [])
  })

  it('has no files that import each other in a circle', () => {
    assert.deepEqual(circles(imports), [])
  })

  it('keeps each library in its own room', () => {
    const strays = imports.filter(({ from, to }) => {
      const library = to.startsWith('@')
        ? to.split('/').slice(0, 2).join('/')
        : (to.split('/')[0] ?? to)
      const home = Object.hasOwn(LIVES_IN, library) ? LIVES_IN[library] : undefined
      if (home === undefined || from.startsWith(`${home}/`)) return false
      return !(home === 'server/store' && from.startsWith('migrations/'))
    })
    assert.deepEqual(strays, [])
  })

  it('keeps clock, disk and network out of the core', () => {
    const allowed = new Set(['node:crypto', 'node:stream'])
    const impure = imports.filter(
      ({ from, to }) =>
        from.startsWith('server/core/') && to.startsWith('node:') && !allowed.has(to),
    )
    assert.deepEqual(impure, [])
  })

  it('lets a browser run what it verifies with', () => {
    const browserRooms = ['server/core/audit/', 'server/core/recording/']
    const nodeOnly = imports.filter(
      ({ from, to }) => browserRooms.some(room => from.startsWith(room)) && to.startsWith('node:'),
    )
    assert.deepEqual(nodeOnly, [])
  })
})

/** The room a path lies in; null for the entries (main.ts, config.ts, cli/), which may import all. */
function roomOf(path: string): string | null {
  return Object.keys(MAY_IMPORT).find(room => path.startsWith(`${room}/`)) ?? null
}

/** Paths that lead back to where they began, each found once. */
function circles(edges: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[][] = []
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) found.push([...path.slice(at), file])
    if (at >= 0 || done.has(file)) return
    for (const to of targets.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of targets.keys()) walk(file, [])
  return found
}

function sourceFiles(folders: readonly string[]): string[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.tsx?$/.test(name) && !name.includes('node_modules'))
      .map(name => join(folder, name)),
  )
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const specifiers = text.matchAll(
    /^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm,
  )
  return [...specifiers].map(match => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    const to = specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(file), specifier))
      : specifier
    return { from: file, to }
  })
}
