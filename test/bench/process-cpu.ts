import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in /proc (proc(5)); Linux has had 100 on every architecture we run on. */
const TICKS_A_SECOND = 100

/** CPU seconds (user and system) that a process, its living and its reaped children have used. Linux only. */
export function cpuSeconds(pid: number): number {
  const children = childrenOf()
  const tree = [pid]
  for (const process of tree) tree.push(...(children.get(process) ?? []))
  return tree.reduce((sum, process) => sum + ticksOf(process), 0) / TICKS_A_SECOND
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(fieldsOf(Number(name))?.[1])
    if (Number.isNaN(parent)) continue
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  return children
}

/** utime, stime, and those of reaped children. */
function ticksOf(pid: number): number {
  const fields = fieldsOf(pid)
  if (fields === null) return 0
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
}

/** The fields of /proc/PID/stat after the name, which may itself hold spaces. */
function fieldsOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It ended meanwhile.
    return null
  }
}
