/**
 * How the bastion keeps a pager from starting a shell: variables that the program honours, set in front
 * of the forwarded line. A program that is not listed here cannot be held back this way.
 *
 * Sources: less(1) "SECURITY"; systemd's journalctl(1), `SYSTEMD_PAGERSECURE`; man(1) and git(1) start
 * less as their pager unless a variable names another, and such a variable is not harmless
 * (harmless-settings.ts).
 */
const LESS = 'LESSSECURE=1'
const SETTINGS: ReadonlyMap<string, readonly string[]> = new Map([
  ['less', [LESS]],
  ['zless', [LESS]],
  ['man', [LESS]],
  ['journalctl', [LESS, 'SYSTEMD_PAGERSECURE=1']],
  ['systemctl', [LESS, 'SYSTEMD_PAGERSECURE=1']],
])

/** Programs for which `escapes: disabled` can be kept. */
export const HELD_PAGERS: readonly string[] = [...SETTINGS.keys()]

/** The settings (`NAME=VALUE`) that hold the program; none where it cannot be held. */
export function holdingSettings(program: string): readonly string[] {
  return SETTINGS.get(program) ?? []
}

/** Wrappers that hand their environment on as it is; sudo, doas, env and the rest may drop variables. */
const PASS_ON = new Set([
  'timeout',
  'nice',
  'ionice',
  'nohup',
  'stdbuf',
  'command',
  'time',
  'setsid',
])

/** True when variables set before the line reach a command with these wrappers. */
export function keepsEnvironment(via: readonly string[]): boolean {
  return via.every(layer => PASS_ON.has(layer))
}
