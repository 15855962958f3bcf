import type { GrammarStyle } from '../option-grammar.ts'

/** An entry as the tables write it. */
export interface ProgramEntry {
  readonly source: string
  /** Kinds separated by spaces; the last one repeats. */
  readonly operands: string
  readonly unless?: { readonly options: readonly string[]; readonly operands: string }
  /** Option lines (option-grammar.ts) with commas between them. */
  readonly options?: string
  readonly style?: GrammarStyle
  readonly walksTrees?: 'always' | readonly string[]
  readonly categories?: readonly Category[]
}

/** What a program can do beyond its operands. */
export type Category =
  /** Can start another program, through some argument, file or key. */
  | 'runs-others'
  /** Its arguments or input are a program in a language of its own. */
  | 'interpreter'
  /** A command interpreter. */
  | 'shell'
  /** A pager or editor from whose keys a shell can be started. */
  | 'escapes'
  /** What it runs, runs elsewhere, or in a surrounding we do not see: opaque unless a rule names it. */
  | 'opaque'
  /** Sends or receives over the network. */
  | 'network'
