/** Files that no rule can give away. */
import type { TouchedFile } from './touched-files.ts'
import { unknownPath } from './fit-word.ts'
import type { Reason } from './judgement.ts'
import { isWithin, mayTouch, type Path, type Whereabouts } from './paths.ts'
import type { Policy } from './policy.ts'

/** Why the policy's `protect` forbids these files; empty when it does not. */
export function protectedReasons(
  files: readonly TouchedFile[],
  where: Whereabouts,
  policy: Policy,
): Reason[] {
  return files.flatMap(file => {
    const { path, reach } = file
    if (path.is === 'unknown' || isExcepted(file, where, policy)) return []
    const found = globsFor(file, policy).find(([glob]) =>
      mayTouch(path, glob, reachesBelow(reach, glob), where),
    )
    if (found === undefined) return []
    const [glob, act] = found
    const how =
      reach === 'itself'
        ? `${act} ${file.word}, which is protected (${glob})`
        : `${act} everything below ${file.word}, where ${glob} is protected`
    return [
      { code: 'protected-path', text: `it would ${how}; no rule can allow that`, at: file.word },
    ]
  })
}

/**
 * A directory above a protected path counts as the path. To a program that shows names alone, a file
 * that is protected wherever it lies gives nothing away by lying there.
 */
function reachesBelow(reach: TouchedFile['reach'], glob: string): boolean {
  return reach === 'contents' || (reach === 'names' && !glob.startsWith('**'))
}

/** Files that may be protected ones, as far as text tells. */
export function unknownFiles(files: readonly TouchedFile[], policy: Policy): Reason[] {
  return files.flatMap(file => {
    if (file.path.is !== 'unknown' || globsFor(file, policy).length === 0) return []
    const fit = unknownPath(file.path, file.word)
    return fit.is === 'unknown' ? [{ code: 'dynamic-path', text: fit.text, at: file.word }] : []
  })
}

/** Left out of protection: the file, and for a program that walks trees all that is below it. */
function isExcepted(
  { path, reach }: TouchedFile,
  where: Whereabouts,
  { protect }: Policy,
): boolean {
  const whole: Path =
    path.is === 'unknown' || reach === 'itself' ? path : { is: 'tree', text: path.text }
  return protect.except.some(glob => isWithin(whole, glob, where))
}

function globsFor({ direction }: TouchedFile, { protect }: Policy): [string, 'read' | 'write'][] {
  const read = direction === 'write' ? [] : protect.read
  const write = direction === 'read' ? [] : protect.write
  return [
    ...read.map((glob): [string, 'read'] => [glob, 'read']),
    ...write.map((glob): [string, 'write'] => [glob, 'write']),
  ]
}
