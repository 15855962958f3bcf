/** What goes into the line gate and what comes out of it, as data. line-gate.ts has the story. */
import type { InputClass } from '../policy/policy.ts'
import type { TerminalModes } from './driver-protocol/attendant.ts'
import type { CommandEnd } from './driver-protocol/run-command.ts'
import type { CompletionQuery } from './line-editor/completion.ts'
import type { Editor, Memory } from './line-editor/editor-state.ts'
import type { Size } from './line-editor/frame.ts'
import type { Decoding } from './line-editor/keystrokes.ts'
import type { OpenRow } from './standing-text.ts'

/** An answer to a judge effect. */
export type Decision =
  /** Written down; `text` is what goes to the target. */
  | { readonly is: 'run'; readonly text: string; readonly input: InputClass }
  /** An input line may go to the program. */
  | { readonly is: 'pass' }
  /** A setting of the bastion's own prompt; PS1 as Latin-1. */
  | { readonly is: 'prompt'; readonly text: string }
  /** Refused, with the line that tells the agent. */
  | { readonly is: 'refused'; readonly sentence: string }

export type GateEvent =
  | { readonly is: 'typed'; readonly bytes: Uint8Array }
  | { readonly is: 'resized'; readonly columns: number; readonly rows: number }
  /** The driver shell has started. */
  | { readonly is: 'ready'; readonly end: CommandEnd }
  /** Output on the agent's terminal. */
  | { readonly is: 'printed'; readonly bytes: Uint8Array }
  | { readonly is: 'decided'; readonly question: number; readonly decision: Decision }
  /** The driver shell has read the command: what is written to the terminal from now on is for it. */
  | { readonly is: 'begun' }
  /** The command has ended, and all it printed has come. */
  | { readonly is: 'finished'; readonly end: CommandEnd }
  | { readonly is: 'modes'; readonly question: number; readonly modes: TerminalModes | null }
  | { readonly is: 'drained'; readonly question: number; readonly bytes: Uint8Array }
  | { readonly is: 'names'; readonly question: number; readonly names: readonly string[] }
  /** The full-screen program has its terminal. */
  | { readonly is: 'opened' }
  | { readonly is: 'closed'; readonly status: number }
  /** The time that a wake effect asked for has passed. */
  | { readonly is: 'woken' }
  /** It is all over, and the agent is told why. */
  | { readonly is: 'over'; readonly sentence: string }

export type GateEffect =
  | { readonly do: 'show'; readonly bytes: Uint8Array }
  /** Bytes for the agent's terminal on the target. `what` says why they may go there. */
  | {
      readonly do: 'send'
      readonly what: 'control' | 'line' | 'end-of-input'
      readonly bytes: Uint8Array
    }
  | {
      readonly do: 'judge'
      readonly question: number
      readonly line: string
      readonly form: 'command' | 'input-line'
      /** Typed without echo: must not be written down. */
      readonly isHidden: boolean
      /** Not the whole of what was typed: must not run, whatever it says. */
      readonly isOverfull: boolean
    }
  | { readonly do: 'run'; readonly text: string; readonly previousStatus: number }
  | { readonly do: 'open'; readonly text: string }
  | { readonly do: 'send-keys'; readonly bytes: Uint8Array }
  | { readonly do: 'ask-modes'; readonly question: number }
  | { readonly do: 'drain'; readonly question: number }
  | { readonly do: 'complete'; readonly question: number; readonly query: CompletionQuery }
  | { readonly do: 'hang-up' }
  | { readonly do: 'wake'; readonly afterMs: number }
  | { readonly do: 'leave'; readonly status: number }

/** Where a typed byte may go. */
export type Phase =
  /** BOOT: the driver shell is starting; input waits. */
  | { readonly is: 'booting' }
  /** PROMPT: the bastion edits; nothing is forwarded. `above` are the lines before this one. */
  | { readonly is: 'prompting'; readonly editor: Editor; readonly above: readonly string[] }
  /** PROMPT, while the target lists names. */
  | {
      readonly is: 'completing'
      readonly question: number
      readonly query: CompletionQuery
      readonly isAskedAgain: boolean
      readonly editor: Editor
      readonly above: readonly string[]
    }
  /** WAIT: a line is being judged and written down; input waits. */
  | { readonly is: 'judging'; readonly question: number }
  /** WAIT: the driver has been told and has not begun; input waits. */
  | { readonly is: 'starting'; readonly input: 'none' | 'line' }
  /** RUNNING: whole judged lines, or nothing but control characters, go to the program. */
  | {
      readonly is: 'running'
      readonly startedMs: number
      readonly interrupts: Interrupts
      readonly input: Input
    }
  /** WAIT: what the program left unread is taken back. */
  | { readonly is: 'draining'; readonly question: number; readonly isSecret: boolean }
  /** RAW: the program has a terminal of its own. */
  | { readonly is: 'opening' }
  | { readonly is: 'raw' }
  /** The agent is leaving; nothing is read any more. */
  | { readonly is: 'leaving' }

/** Presses of ^C in a row. */
export interface Interrupts {
  readonly count: number
  readonly lastMs: number
}

export type Input = NoInput | LineInput

/** Input class none: what is held for the prompt, and whether it may be shown there. */
export interface NoInput {
  readonly is: 'none'
  /** So many of the held bytes were not typed for the program, or where it would have shown them. */
  readonly openBytes: number
  readonly pending:
    | { readonly is: 'nothing' }
    | { readonly is: 'pause' }
    | { readonly is: 'modes'; readonly question: number }
  /** How many were held when the question was asked. */
  readonly askedBytes: number
  /** The program reads without echo: what is typed may be a secret. */
  readonly isHiding: boolean
  readonly isWarned: boolean
}

/** Input class line: the line being written, and what is being asked about it. */
export interface LineInput {
  readonly is: 'line'
  readonly text: string
  readonly decoding: Decoding
  /** As the program's terminal stood when it was last asked. */
  readonly echoes: boolean
  /** More was typed than the terminal keeps of a line. */
  readonly isOverfull: boolean
  readonly pending:
    | { readonly is: 'nothing' }
    | { readonly is: 'modes'; readonly question: number }
    | {
        readonly is: 'verdict'
        readonly question: number
        readonly ending: 'newline' | 'end-of-input'
      }
    /** Waiting whether the program ends before it is worth asking. */
    | { readonly is: 'pause' }
  /** The terminal's own echo of a line that was shown while it was typed: not to be shown again. */
  readonly expectedEcho: Uint8Array
  readonly hasSent: boolean
  /** A line without echo went to this program: what it left unread may be a secret. */
  readonly hasSentHidden: boolean
  readonly isWarned: boolean
}

export interface Gate {
  readonly phase: Phase
  readonly memory: Memory
  readonly size: Size
  /** Typed and not yet looked at; bounded. */
  readonly typeAhead: Uint8Array
  /** Type-ahead was full; everything until the next prompt is dropped. */
  readonly isSpilling: boolean
  readonly lastStatus: number
  /** PS1 as Latin-1, as last heard of. */
  readonly prompt: string
  readonly place: Pick<CommandEnd, 'logicalDirectory' | 'homeDirectory'>
  readonly host: { readonly userName: string; readonly hostName: string; readonly isRoot: boolean }
  readonly commandNumber: number
  readonly row: OpenRow
  /** Counts questions, so that a late answer finds nobody. */
  readonly asked: number
}
