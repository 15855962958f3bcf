/** What reading untrusted input yields: a value, or the fault found in it. */
export type Result<Value, Fault> = { ok: true; value: Value } | { ok: false; fault: Fault }
