/** Files that no rule can give away. */
import type { TouchedFile } from './command-view.ts'
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
    const { path } = file
    if (path.is === 'unknown' || isExcepted(file, where, policy)) return []
    const found = globsFor(file, policy).find(([glob]) =>
      mayTouch(path, glob, file.walksTrees, where),
    )
    if (found === undefined) return []
    const [glob, act] = found
    const how = file.walksTrees
      ? `${act} everything below ${file.word}, where ${glob} is protected`
      : `${act} ${file.word}, which is protected (${glob})`
    return [
      { code: 'protected-path', text: `it would ${how}; no rule can allow that`, at: file.word },
    ]
  })
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
  { path, walksTrees }: TouchedFile,
  where: Whereabouts,
  { protect }: Policy,
): boolean {
  const whole: Path = path.is === 'path' && walksTrees ? { ...path, is: 'tree' } : path
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
