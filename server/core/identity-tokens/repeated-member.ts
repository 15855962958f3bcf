/**
 * The first member that some object in a JSON text has twice; null when there is none. Readers differ
 * in which of the two they take (RFC 8259 §4), so one of them could be shown another token than we see.
 * The text must be JSON already: this only walks over it, without recursion.
 */
export function findRepeatedMember(json: string): string | null {
  const open: (Set<string> | null)[] = []
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token.endsWith(':')) {
      // Spelt with escapes it is still the same name.
      const name = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string
      const members = open.at(-1)
      if (members?.has(name)) return name
      members?.add(name)
    }
  }
  return null
}
