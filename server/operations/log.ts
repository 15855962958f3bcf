import { pino, type Level, type Logger } from 'pino'
import { PinoPretty } from 'pino-pretty'

/**
 * Paths under which somebody might one day log a secret by mistake. Nothing logs one on purpose: log
 * calls name the fields they need, they do not hand over whole objects.
 */
const NEVER = [
  'token',
  'password',
  'secret',
  'cookie',
  'authorization',
  'privateKey',
  '*.token',
  '*.password',
  '*.secret',
  '*.cookie',
  '*.authorization',
  '*.privateKey',
]

export interface LogOptions {
  /** One readable line an event, for a terminal; otherwise JSON lines. */
  readonly pretty: boolean
  readonly level: Level
}

/** A log on standard error; standard output belongs to what a command prints. */
export function createLog({ pretty, level }: LogOptions): Logger {
  const options = {
    level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: NEVER, censor: '(hidden)' },
  }
  // Written synchronously: the last line before a crash is the one that is needed.
  const destination = pretty
    ? PinoPretty({ destination: 2, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
    : pino.destination({ dest: 2, sync: true })
  return pino(options, destination)
}

/** The log as the rooms take it: a sentence and the ids that find it again. */
export type LogLine = (message: string, fields: Readonly<Record<string, unknown>>) => void

export function logLine(log: Logger, level: Level = 'info'): LogLine {
  return (message, fields) => log[level](fields, message)
}
