import { latin1 } from './driver-protocol/reports.ts'

/**
 * `PS1='…'` as a line of its own. The prompt is drawn by the bastion, so this is a setting of the bastion's
 * and goes nowhere else; programs that drive terminals set a prompt they can recognise (pxssh does).
 *
 * @returns the prompt's text as Latin-1 bytes, as a shell would report it; null when the line is anything else.
 */
export function ownPrompt(line: string): string | null {
  const text = promptText(line)
  return text === null ? null : latin1(new TextEncoder().encode(text))
}

function promptText(line: string): string | null {
  const value = /^\s*(?:export\s+)?PS1=(.*?)\s*;?\s*$/s.exec(line)?.[1]
  if (value === undefined || /[\n\r]/.test(value)) return null
  if (/^'[^']*'$/.test(value)) return value.slice(1, -1)
  // In double quotes `\$` is a dollar sign that PS1 then reads as part of its own language.
  if (/^"(?:[^"\\$`]|\\[^])*"$/.test(value)) {
    return value.slice(1, -1).replace(/\\([$`"\\])/g, '$1')
  }
  return /^[\w.:@%+,/>~#-]*$/.test(value) ? value : null
}
