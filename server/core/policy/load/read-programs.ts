import { isMap, isScalar, type Node } from 'yaml'
import { didYouMean } from '../../nearest.ts'
import type { Entry, Source } from './source.ts'

export interface Group {
  readonly programs: readonly string[]
  readonly key: Node
}

/** The groups of a policy, and which of them some rule uses. */
export interface Groups {
  readonly byName: ReadonlyMap<string, Group>
  readonly used: Set<string>
}

export function readGroups(source: Source, entry: Entry | undefined): Groups {
  const byName = new Map<string, Group>()
  const groups = { byName, used: new Set<string>() }
  if (entry === undefined) return groups
  if (!isMap(entry.value)) {
    source.error(entry.value ?? entry.key, 'groups: expected NAME: [programs]')
    return groups
  }
  for (const { key, value } of entry.value.items) {
    if (!isScalar(key)) continue
    const name = String(key.value)
    if (!/^[a-z0-9][a-z0-9-]*$/i.test(name))
      source.error(key, `groups: "${name}" is no name for a group`)
    const programs = source
      .words({ name, key, value: (value ?? null) as Node | null })
      .flatMap(({ text, node }) => checkedProgram(source, text, node))
    byName.set(name, { programs, key })
  }
  return groups
}

/** `program`: names, absolute paths and globs, with groups written out. */
export function readGroupedPrograms(source: Source, entry: Entry, groups: Groups): string[] {
  return source.words(entry).flatMap(({ text, node }) => {
    if (!text.startsWith('@')) return checkedProgram(source, text, node)
    const name = text.slice(1)
    const group = groups.byName.get(name)
    if (group === undefined) {
      const known = [...groups.byName.keys()]
      const hint =
        didYouMean(name, known) ||
        (known.length === 0 ? '; the policy has no groups' : `; the groups are ${known.join(', ')}`)
      source.error(node, `program: there is no group "${name}"${hint}`)
      return []
    }
    groups.used.add(name)
    return group.programs
  })
}

function checkedProgram(source: Source, text: string, node: Node): string[] {
  const fault = programFault(text)
  if (fault === null) return [text]
  source.error(node, `program: "${text}" ${fault}`)
  return []
}

function programFault(text: string): string | null {
  if (text === '[') return null
  if (text.startsWith('@')) return 'names a group inside a group; write the programs out'
  if (/\s/.test(text)) return 'holds a blank; arguments go under argv or arguments'
  if (/[[\]{}\\]/.test(text)) return 'uses brackets, braces or a backslash; a glob has only * and ?'
  if (text.includes('**')) return 'has **; a program is named by * and ? within one directory'
  if (text.includes('/') && !text.startsWith('/'))
    return 'is a relative path, which depends on where the agent stands'
  if (/(^|\/)\.{1,2}(\/|$)|\/\//.test(text)) return 'holds . or .. or //, and would match nothing'
  return null
}
