/** How a command and one limit of a rule stand to each other. */
export type Fit =
  | { readonly is: 'kept' }
  /** Not kept; `text` says what would be. */
  | { readonly is: 'broken'; readonly text: string; readonly at: string }
  /** Only running would tell. */
  | { readonly is: 'unknown'; readonly text: string; readonly at: string }

export const KEPT: Fit = { is: 'kept' }

export function broken(text: string, at = ''): Fit {
  return { is: 'broken', text, at }
}

export function unknown(text: string, at = ''): Fit {
  return { is: 'unknown', text, at }
}

/** All of them: the first that is broken, else the first that is unknown. */
export function every(fits: readonly Fit[]): Fit {
  return fits.find(fit => fit.is === 'broken') ?? fits.find(fit => fit.is === 'unknown') ?? KEPT
}

/** At least one of them: the first that is kept, else the first unknown, else `otherwise`. */
export function some(fits: readonly Fit[], otherwise: Fit): Fit {
  return fits.find(fit => fit.is === 'kept') ?? fits.find(fit => fit.is === 'unknown') ?? otherwise
}
