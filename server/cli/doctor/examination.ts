/** What a check found. `weak` is worth knowing; `broken` must be mended. */
export interface Finding {
  readonly about: string
  readonly outcome: 'fine' | 'weak' | 'broken'
  readonly found: string
  /** What to do about it; null when nothing need be done. */
  readonly remedy: string | null
}

export function fine(about: string, found: string): Finding {
  return { about, outcome: 'fine', found, remedy: null }
}

export function weak(about: string, found: string, remedy: string): Finding {
  return { about, outcome: 'weak', found, remedy }
}

export function broken(about: string, found: string, remedy: string): Finding {
  return { about, outcome: 'broken', found, remedy }
}
