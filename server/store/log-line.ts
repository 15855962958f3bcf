/** A sentence for the operator, and the ids that find what it is about. */
export type LogLine = (message: string, fields: Readonly<Record<string, unknown>>) => void
