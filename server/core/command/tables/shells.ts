/** Which programs are command interpreters, and whose language is read here. */
import type { TargetShell } from '../../access.ts'

/** Shells whose language is read: bash as bash, the others as the POSIX language they share. */
export const READ_SHELLS: ReadonlyMap<string, TargetShell> = new Map([
  ['bash', 'bash'],
  ['sh', 'sh'],
  ['dash', 'sh'],
  ['ash', 'sh'],
])

/** Shells with another language; a line "static" for bash runs other programs in them (measured). */
export const FOREIGN_SHELLS: ReadonlySet<string> = new Set(
  (
    'zsh ksh ksh93 mksh pdksh oksh loksh lksh rksh fish csh tcsh rc es elvish nu nush xonsh pwsh powershell ' +
    'yash osh ysh hush rbash rzsh sash scsh ion murex'
  ).split(' '),
)

/** The dynamic loader, under its many names: `ld.so FILE` runs FILE (ld.so(8)). */
export const LOADER = /^(ld-linux.*|ld-musl.*|ld\.so.*|ld-\d.*|ld64\.so.*)$/

/** One-letter options that leave the reading of words alone: bash(1) "set", dash(1) "Argument List Processing". */
export const HARMLESS_LETTERS: Readonly<Record<TargetShell, RegExp>> = {
  bash: /^[abefhmnptuvxCETr]$/,
  sh: /^[abefmnuvxC]$/,
}

/** Long names after -o, and after -O of bash, that leave the reading of words alone. */
export const HARMLESS_NAMES =
  /^(errexit|nounset|pipefail|xtrace|verbose|noglob|noclobber|errtrace|functrace|notify|nullglob|failglob|dotglob|globstar|nocaseglob|nocasematch|inherit_errexit)$/
