export type Key =
  | 'toggle'
  | 'next'
  | 'previous'
  | 'next-stopped'
  | 'previous-stopped'
  | 'back'
  | 'forward'

const KEYS: Readonly<Record<string, Key>> = {
  ' ': 'toggle',
  j: 'next',
  k: 'previous',
  d: 'next-stopped',
  D: 'previous-stopped',
  ArrowLeft: 'back',
  ArrowRight: 'forward',
}

/** What a key asks for on the session page; null where it belongs to the control that has the focus. */
export function keyFor(event: KeyboardEvent): Key | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const at = event.target instanceof HTMLElement ? event.target : null
  if (at?.matches('input:not([type=range]), select, textarea') === true) return null
  // A focused control is worked with space and enter; the slider with arrows.
  if (event.key === ' ' && at?.matches('button, a, summary') === true) return null
  if (event.key.startsWith('Arrow') && at?.matches('input') === true) return null
  return Object.hasOwn(KEYS, event.key) ? (KEYS[event.key] ?? null) : null
}
