/**
 * Policies by name: a file in the policies directory, or else the starter of that name. A file is read
 * again each time it is asked for, so an edit counts from the next session on.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NAME } from '../core/access.ts'
import { nearest } from '../core/nearest.ts'
import { formatFinding } from '../core/policy/load/finding.ts'
import { type LoadedPolicy, loadPolicy } from '../core/policy/load/load-policy.ts'
import { STARTERS } from '../core/policy/starters/starters.ts'
import type { Policies } from '../core/ports/deciding.ts'
import type { Result } from '../core/result.ts'

export interface PolicyText {
  readonly name: string
  /** As it is shown in findings: the file's path, or the starter's name in brackets. */
  readonly origin: string
  readonly text: string
}

export interface PolicyFiles extends Policies {
  readonly directory: string
  /** The text under a name; the fault names the nearest policies there are. */
  read(name: string): Promise<Result<PolicyText, string>>
  /** Every name that can be asked for, files first. */
  names(): Promise<string[]>
  /** The names that have a file. */
  ownNames(): Promise<string[]>
}

/** No policy is this long; what is must not be read into memory. */
const LONGEST_FILE = 1_048_576

export function openPolicies(directory: string): PolicyFiles {
  // The newest text of each name, loaded: most sessions find the text unchanged.
  const loaded = new Map<string, LoadedPolicy & { readonly text: string }>()

  return { directory, read, names, ownNames, load }

  async function load(name: string): ReturnType<Policies['load']> {
    const found = await read(name)
    if (!found.ok) return found
    const { text, origin } = found.value
    const known = loaded.get(name)
    const { policy, findings } = known?.text === text ? known : remember(name, text)
    if (policy !== null) return { ok: true, value: policy }
    const errors = findings.filter(finding => finding.level === 'error')
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    return { ok: false, fault: first === undefined ? origin : formatFinding(origin, first) + more }
  }

  function remember(name: string, text: string): LoadedPolicy {
    const now = { ...loadPolicy(text, name), text }
    loaded.set(name, now)
    return now
  }

  async function read(name: string): Promise<Result<PolicyText, string>> {
    // The name becomes part of a path; NAME has neither a slash nor a leading dot.
    if (!NAME.test(name)) return { ok: false, fault: `"${name}" is not a policy's name` }
    const file = await readIfThere(join(directory, `${name}.yaml`))
    if (file !== null)
      return { ok: true, value: { name, origin: join(directory, `${name}.yaml`), text: file } }
    const starter = STARTERS.get(name)
    if (starter !== undefined)
      return { ok: true, value: { name, origin: `[starter ${name}]`, text: starter } }
    const close = nearest(name, await names())
    const hint =
      close.length === 0
        ? `; there are ${(await names()).join(', ')}`
        : `; did you mean ${close.join(' or ')}?`
    return { ok: false, fault: `there is no policy "${name}" in ${directory}${hint}` }
  }

  async function names(): Promise<string[]> {
    return [...new Set([...(await ownNames()), ...STARTERS.keys()])]
  }

  async function ownNames(): Promise<string[]> {
    const files = await entriesOf(directory)
    return files
      .filter(file => file.endsWith('.yaml'))
      .map(file => file.slice(0, -'.yaml'.length))
      .filter(name => NAME.test(name))
      .toSorted()
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > LONGEST_FILE)
      throw new Error(`${path}: longer than ${LONGEST_FILE} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    // No file of that name is the ordinary case: the starters have none.
    if (isMissing(error)) return null
    throw error
  }
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    // A fresh install has no policies of its own yet.
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
