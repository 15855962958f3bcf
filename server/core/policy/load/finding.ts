/** Something in a policy's text that its author should know. An error keeps the policy from loading. */
export interface Finding {
  readonly level: 'error' | 'warning'
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** The offending text; empty where something is missing. */
  readonly text: string
  readonly message: string
}

/** `FILE:LINE:COLUMN: error: …`, which editors and terminals make a link of. */
export function formatFinding(file: string, { level, line, column, message }: Finding): string {
  return `${file}:${line}:${column}: ${level}: ${message}`
}
