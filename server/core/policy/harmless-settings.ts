import type { Assignment } from '../command/reading.ts'

/**
 * Variables an agent may set for any command: how output looks, and nothing that names a file or a
 * program. The values are held to names and numbers; `LC_ALL=../x` would be a path (locale(7)), and
 * `TZ=:/etc/shadow` a file (tzset(3)).
 */
const HARMLESS: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/^(LANG|LANGUAGE|LC_[A-Z]+)$/, /^[A-Za-z][\w.@-]*$|^$/],
  [
    /^TZ$/,
    /^[A-Z][A-Za-z]*[+-]?\d*$|^(Africa|America|Asia|Atlantic|Australia|Europe|Pacific)\/[A-Z]\w+$/,
  ],
  [/^(NO_COLOR|CLICOLOR|CLICOLOR_FORCE|FORCE_COLOR|COLUMNS|LINES)$/, /^\w*$/],
  [/^(TERM|COLORTERM)$/, /^\w[\w+-]*$/],
  [/^(PAGER|SYSTEMD_PAGER|GIT_PAGER|MANPAGER)$/, /^(cat)?$/],
  [/^SYSTEMD_COLORS$/, /^\w*$/],
]

export function isHarmlessSetting({ name, value }: Assignment): boolean {
  if (value.is !== 'literal') return false
  return HARMLESS.some(([names, values]) => names.test(name) && values.test(value.text))
}
