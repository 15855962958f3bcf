/**
 * Functions of an interactive session: what earlier lines have defined, so that a later one that calls them is
 * judged by their bodies. A line that calls one is read, judged and forwarded behind its definition, so
 * what runs is what was judged, whatever has become of the function in the shell meanwhile.
 */

/** A function and what it calls: all that is needed to put it before a line. */
export interface Definition {
  readonly name: string
  /** In canonical form. */
  readonly text: string
  /** Literal names of the commands in its body. */
  readonly calls: readonly string[]
}

/** What one line does to the shell's functions. */
export interface LineFunctions {
  /** Names that it defines, certainly or perhaps, now or when one of its functions is called. */
  readonly mayDefine: readonly string[]
  /** Those that it defines before anything else, so that nothing can keep them from being defined. */
  readonly defines: readonly Definition[]
  /** Names that it takes away, certainly or perhaps. */
  readonly mayRemove: readonly string[]
  /** Names that one of its functions, traps or loops takes away whenever it runs. */
  readonly mayVanish: readonly string[]
  /** Names that its functions and traps call whenever they run, and that were taken for functions. */
  readonly mustStay: readonly string[]
}

export const NO_LINE_FUNCTIONS: LineFunctions = {
  mayDefine: [],
  defines: [],
  mayRemove: [],
  mayVanish: [],
  mustStay: [],
}

/** What the lines of a session so far have done. */
export interface SessionFunctions {
  /** Calling one may change any variable. */
  readonly mayExist: readonly string[]
  /** Surely defined, and by lines that were let through; a call is one of these bodies. */
  readonly definitions: readonly Definition[]
  /** Never to be taken for a function: who calls it may get the program. */
  readonly mayVanish: readonly string[]
  /** Not to be taken away: a body or trap that was let through calls it for the function that it is. */
  readonly mustStay: readonly string[]
}

export const NO_FUNCTIONS: SessionFunctions = {
  mayExist: [],
  definitions: [],
  mayVanish: [],
  mustStay: [],
}

/** A person defines a dozen in a session; every line is compared with all of them. */
export const FUNCTIONS_MOST = 500
/** What is put before a line is judged with it, and the judge reads 16 KB. */
const DEFINITIONS_MOST_CHARACTERS = 65_536

/** After a line has been let through, before it runs: what it takes away or changes is known no more. */
export function withLine(known: SessionFunctions, line: LineFunctions): SessionFunctions {
  const changed = new Set([...line.mayDefine, ...line.mayRemove, ...line.mayVanish])
  if (changed.size === 0 && line.mustStay.length === 0) return known
  return {
    mayExist: [...new Set([...known.mayExist, ...line.mayDefine])],
    definitions: known.definitions.filter(({ name }) => !changed.has(name)),
    mayVanish: [...new Set([...known.mayVanish, ...line.mayVanish])],
    mustStay: [...new Set([...known.mustStay, ...line.mustStay])],
  }
}

/** After the line has run in the session's own shell. */
export function withDefinitions(known: SessionFunctions, line: LineFunctions): SessionFunctions {
  const fresh = line.defines.filter(({ name }) => !known.mayVanish.includes(name))
  if (fresh.length === 0) return known
  const definitions = [...known.definitions, ...fresh]
  const size = definitions.reduce((sum, { text }) => sum + text.length, 0)
  return size > DEFINITIONS_MOST_CHARACTERS ? known : { ...known, definitions }
}

/** True when so many names have been defined or taken away that another line is not followed any more. */
export function isFull(known: SessionFunctions, line: LineFunctions): boolean {
  const { mayExist, mayVanish } = withLine(known, line)
  const has = line.mayDefine.length + line.mayVanish.length > 0
  return has && Math.max(mayExist.length, mayVanish.length) > FUNCTIONS_MOST
}

/** What of it can matter to this line: most lines call no function. */
export function functionsFor(known: SessionFunctions, line: string): SessionFunctions {
  const has = ({ name }: Definition): boolean => line.includes(name)
  return { ...known, definitions: withCalled(known.definitions, known.definitions.filter(has)) }
}

/** These definitions and those that they call, what is called before what calls it. */
export function withCalled(
  all: readonly Definition[],
  called: readonly Definition[],
): readonly Definition[] {
  const needed = new Set<Definition>()
  const seen = new Set<Definition>()
  const need = (one: Definition): void => {
    if (seen.has(one)) return
    seen.add(one)
    for (const other of all) if (one.calls.includes(other.name)) need(other)
    needed.add(one)
  }
  for (const one of called) need(one)
  return [...needed]
}
