import type { Word } from '../reading.ts'

/** A builtin with its arguments, on its way to the reader for its name. */
export interface BuiltinCall {
  readonly name: string
  readonly args: readonly Word[]
  /** Texts of the arguments, null where not known. */
  readonly texts: readonly (string | null)[]
  readonly at: string
  /** Index of the command in the findings. */
  readonly index: number
}
