/** Reads what strace wrote: which process started which, ran what, and opened what for writing. */
import { resolve } from 'node:path'

export interface Execution {
  readonly path: string
  readonly argv: readonly string[]
  /** Where it ran; null when that cannot be followed (find goes by descriptors). */
  readonly directory: string | null
}

export interface WriteOpen {
  readonly path: string
  /** Base name of the program that opened it. */
  readonly image: string
}

/** What one line did. */
export interface Deeds {
  readonly executions: readonly Execution[]
  readonly writes: readonly WriteOpen[]
}

/** The file that the driver tries to open before it starts line N. */
export const MARK = '/nonexistent/line-'

interface Process {
  parent: number | null
  image: string
  line: number | null
  directory: string | null
  /** True from its first call to its parent's clone coming back. */
  isEarly: boolean
}

/** The deeds of each line, by its number. */
export function readTrace(text: string): ReadonlyMap<number, Deeds> {
  const processes = new Map<number, Process>()
  const deeds = new Map<number, { executions: Execution[]; writes: WriteOpen[] }>()
  const calls = wholeCalls(text)
  let current: number | null = null
  let driver: number | null = null
  const processOf = (pid: number): Process => {
    const known = processes.get(pid)
    if (known !== undefined) return known
    const made: Process = { parent: null, image: '', line: null, directory: null, isEarly: false }
    processes.set(pid, made)
    return made
  }
  // A child's first call may come before its parent's clone has returned: parents are looked up first.
  const parents = new Map<number, number>()
  for (const { pid, name, result } of calls) {
    if (isClone(name) && result > 0 && !parents.has(result)) parents.set(result, pid)
  }
  for (const { pid, name, args, result } of calls) {
    const process = processOf(pid)
    if (isClone(name)) {
      const known = processes.get(result)
      // It may have been at work before its parent's clone came back; otherwise the number is used again.
      if (known?.isEarly === true && known.parent === pid) known.isEarly = false
      else if (result > 0) processes.set(result, childOf(pid, process))
      continue
    }
    if (process.parent === null) adopt(pid, process)
    if (isOpen(name)) {
      const path = stringsIn(args)[0] ?? ''
      if (path.startsWith(MARK)) {
        driver ??= pid
        if (pid === driver) {
          current = Number(path.slice(MARK.length))
          deeds.set(current, { executions: [], writes: [] })
          continue
        }
      }
      const isWrite = name === 'creat' || /O_WRONLY|O_RDWR|O_CREAT/.test(args)
      if (isWrite && process.line !== null) {
        deeds.get(process.line)?.writes.push({ path, image: process.image })
      }
      continue
    }
    if (name === 'chdir' || name === 'fchdir') {
      if (result === 0) process.directory = moved(process, name, args)
      continue
    }
    const [path = '', ...argv] = stringsIn(args)
    const { directory, line } = process
    if (line !== null) deeds.get(line)?.executions.push({ path, argv, directory })
    if (result === 0) process.image = path.slice(path.lastIndexOf('/') + 1)
  }
  return deeds

  function adopt(pid: number, process: Process): void {
    const parent = parents.get(pid)
    if (parent === undefined) return
    Object.assign(process, childOf(parent, processOf(parent)), { isEarly: true })
  }

  function childOf(pid: number, { image, line, directory }: Process): Process {
    return { parent: pid, image, line: pid === driver ? current : line, directory, isEarly: false }
  }
}

interface Call {
  readonly pid: number
  readonly name: string
  readonly args: string
  readonly result: number
}

/** strace splits a call in two when another process comes between; this puts them together again. */
function wholeCalls(text: string): readonly Call[] {
  const begun = new Map<number, string>()
  const calls: Call[] = []
  for (const line of text.split('\n')) {
    const match = /^(\d+) +(.*)$/.exec(line)
    if (match === null) continue
    const pid = Number(match[1])
    let rest = match[2] ?? ''
    if (rest.endsWith(' <unfinished ...>')) {
      const call = rest.slice(0, -' <unfinished ...>'.length)
      begun.set(pid, call)
      // An execve that succeeds in another thread of time never "resumes" when the batch is killed.
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    if (resumed !== null) {
      rest = (begun.get(pid) ?? '') + (resumed[1] ?? '')
      begun.delete(pid)
    }
    const call = /^(\w+)\((.*)\)\s+= (-?\d+|\?)/.exec(rest)
    if (call === null) continue
    const result = call[3] === '?' ? -1 : Number(call[3])
    calls.push({ pid, name: call[1] ?? '', args: call[2] ?? '', result })
  }
  for (const [pid, rest] of begun) {
    const call = /^(\w+)\((.*)$/.exec(rest)
    if (call !== null) calls.push({ pid, name: call[1] ?? '', args: call[2] ?? '', result: -1 })
  }
  return calls
}

/** Every string literal in a call's arguments, decoded: for execve the path and then the words. */
function stringsIn(args: string): readonly string[] {
  const found: string[] = []
  for (const [, body = ''] of args.matchAll(/"((?:[^"\\]|\\.)*)"(?:\.\.\.)?/g))
    found.push(decode(body))
  return found
}

function decode(body: string): string {
  const bytes: number[] = []
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at] ?? ''
    if (character !== '\\') {
      bytes.push(character.charCodeAt(0))
      continue
    }
    const octal = /^[0-7]{1,3}/.exec(body.slice(at + 1))?.[0]
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8))
      at += octal.length
      continue
    }
    const letter = body[at + 1] ?? ''
    bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0))
    at += 1
  }
  return Buffer.from(bytes).toString('utf8')
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  f: 12,
  v: 11,
  a: 7,
  b: 8,
  e: 27,
}

function moved({ directory }: Process, name: string, args: string): string | null {
  const path = stringsIn(args)[0]
  if (name === 'fchdir' || path === undefined) return null
  if (path.startsWith('/')) return resolve(path)
  return directory === null ? null : resolve(directory, path)
}

function isClone(name: string): boolean {
  return /^(clone3?|v?fork)$/.test(name)
}

function isOpen(name: string): boolean {
  return /^(open|openat|openat2|creat)$/.test(name)
}
