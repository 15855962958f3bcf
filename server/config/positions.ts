import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import { z } from 'zod'
import { didYouMean } from '../core/nearest.ts'
import { escapeControls } from '../core/verdict.ts'
import type { Result } from '../core/result.ts'

/** sallyport.yaml as found on disk. Relative paths in it are meant from the folder it lies in. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/** A YAML file together with where everything in it stands. */
export interface PlacedYaml {
  readonly content: unknown
  /** `FILE:LINE:COLUMN` of the value at `path`, or of the key itself. */
  placeOf(path: readonly PropertyKey[], which: 'key' | 'value'): string
}

/** One document of plain YAML 1.2. An empty file says nothing and is fine. */
export function parseYaml({ path, text }: ConfigFile): Result<PlacedYaml, string[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) {
    const faults = complaints.map(
      ({ message, pos }) => `${placeAt(pos[0])}: ${escapeControls(message)}`,
    )
    return { ok: false, fault: faults }
  }
  try {
    return {
      ok: true,
      value: {
        content: document.toJS() ?? {},
        placeOf: (at, which) => placeAt(offsetOf(document, at, which)),
      },
    }
  } catch (error) {
    // An alias bomb: the library counts how often aliases are resolved and gives up.
    return { ok: false, fault: [`${path}: ${(error as Error).message}`] }
  }
}

/** The schema's complaints as sentences a person can act on, in the order of the file. */
export function faultsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  yaml: PlacedYaml,
): string[] {
  return issues
    .flatMap(issue => {
      if (issue.code !== 'unrecognized_keys') {
        return [`${yaml.placeOf(issue.path, 'value')}: ${named(issue.path)}${sentence(issue)}`]
      }
      const known = knownKeys(schema, issue.path)
      return issue.keys.map(
        key =>
          `${yaml.placeOf([...issue.path, key], 'key')}: unknown key ${JSON.stringify(escapeControls(key))}${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`,
      )
    })
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

function named(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${escapeControls(path.map(String).join('.'))}: `
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? 'is missing'
      : `expected ${WORDS[issue.expected] ?? issue.expected}, got ${kindOf(issue.input)}`
  }
  if (issue.code === 'invalid_union') return `expected text or a number, got ${kindOf(issue.input)}`
  return escapeControls(issue.message)
}

const WORDS: Readonly<Record<string, string>> = {
  object: 'a block of keys',
  record: 'a block of keys',
  array: 'a list',
  string: 'text',
  number: 'a number',
}

/** What somebody wrote, without repeating it: a value may be a secret that slipped a line. */
function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a block of keys'
  return typeof value === 'string' ? 'text' : `a ${typeof value}`
}

/** The keys the schema knows at `path`, seen through optional and transformed parts. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType = bare(schema)
  for (const step of path) {
    if (at instanceof z.ZodObject) at = bare(at.shape[String(step)] as z.core.$ZodType)
    else if (at instanceof z.ZodArray) at = bare(at.element)
    else return []
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return bare(schema.unwrap())
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema
}

function offsetOf(
  document: Document,
  path: readonly PropertyKey[],
  which: 'key' | 'value',
): number {
  // The nearest part that is there: a missing key is reported at the block that lacks it.
  for (let length = path.length; length > 0; length -= 1) {
    const found = nodeAt(document, path.slice(0, length), length === path.length ? which : 'value')
    if (found?.range) return found.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function nodeAt(
  document: Document,
  path: readonly PropertyKey[],
  which: 'key' | 'value',
): Node | null {
  if (which === 'value') {
    const node: unknown = document.getIn(path, true)
    return isNode(node) ? node : null
  }
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return null
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
  return pair !== undefined && isNode(pair.key) ? pair.key : null
}
