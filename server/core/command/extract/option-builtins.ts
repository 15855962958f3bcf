/** `set` and `shopt`: options that leave the reading of words alone, and all others. */
import type { BuiltinCall } from './builtin-call.ts'
import { shown } from './call.ts'
import type { Extraction } from './extraction.ts'

/** Options of `set` that leave the meaning of words alone. */
const HARMLESS_SET =
  /^(errexit|nounset|pipefail|xtrace|verbose|noclobber|errtrace|functrace|notify|monitor|noglob|onecmd|physical|privileged)$/

export function readSet({ args, texts }: BuiltinCall, x: Extraction): void {
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? null
    if (text === '--' || text === '-') return
    if (text === null) {
      // A value that begins with a dash would be an option: only `set -- "$x"` is a list for sure.
      x.findings.refuse('shell-option', shown(args[at]))
      return
    }
    if (!/^[-+]./.test(text)) return
    const letters = text.slice(1)
    if (/[^euxvCmbhfpaE]/.test(letters.replaceAll('o', ''))) x.findings.refuse('shell-option', text)
    if (letters.includes('o')) {
      at += 1
      const name = texts[at]
      if (name === null || (name !== undefined && !HARMLESS_SET.test(name))) {
        x.findings.refuse('shell-option', shown(args[at]))
      }
    }
  }
}

const HARMLESS_SHOPT =
  /^(-[supq]+|autocd|cdspell|checkhash|checkjobs|checkwinsize|cmdhist|dotglob|failglob|globstar|histappend|inherit_errexit|lithist|login_shell|nocaseglob|nocasematch|nullglob|globasciiranges|huponexit|mailwarn|no_empty_cmd_completion|xpg_echo)$/

export function readShopt({ texts, at }: BuiltinCall, x: Extraction): void {
  const isHarmless = texts.every(text => text !== null && HARMLESS_SHOPT.test(text))
  if (!isHarmless) x.findings.refuse('shell-option', at)
}
