import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml'
import { didYouMean } from '../../nearest.ts'
import type { Finding } from './finding.ts'

/** One key of a mapping, with where it stands. */
export interface Entry {
  readonly name: string
  readonly key: Node
  /** Null where nothing is written after the colon. */
  readonly value: Node | null
}

/** A policy is a page or two; a file beyond this is something else. */
const LONGEST_TEXT = 262_144

const SHOWN_SYNTAX_FAULTS = 3

/** What one excerpt of offending text shows. */
const SHOWN_TEXT = 60

/** A YAML text and what was found wrong with it. Reading never stops at a fault: one check shows all. */
export class Source {
  readonly findings: Finding[] = []
  readonly #text: string
  readonly #lines = new LineCounter()

  constructor(text: string) {
    this.#text = text
  }

  get hasErrors(): boolean {
    return this.findings.some(finding => finding.level === 'error')
  }

  /** The document's root; null when there is nothing that can be read. */
  root(): Node | null {
    if (this.#text.length > LONGEST_TEXT) {
      this.#report('error', 0, 0, `a policy is at most ${LONGEST_TEXT} characters long`)
      return null
    }
    const document = this.#parse()
    if (document === null) return null
    // One missing quote makes a fault of every line that follows.
    for (const fault of document.errors.slice(0, SHOWN_SYNTAX_FAULTS)) {
      this.#report('error', fault.pos[0], fault.pos[1], plain(fault.message))
    }
    for (const fault of document.warnings) {
      this.#report('error', fault.pos[0], fault.pos[1], plain(fault.message))
    }
    if (document.contents === null) this.#report('error', 0, 0, 'the policy is empty')
    return document.errors.length === 0 ? document.contents : null
  }

  error(node: Node, message: string): void {
    this.#at('error', node, message)
  }

  warning(node: Node, message: string): void {
    this.#at('warning', node, message)
  }

  /** The entries of a mapping whose keys are among `known`; every other key is reported. */
  entries(node: Node, known: readonly string[], what: string): Map<string, Entry> {
    const found = new Map<string, Entry>()
    if (!isMap(node)) {
      this.error(node, `${what}: expected keys and values (${known.join(', ')})`)
      return found
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? wordOf(key) : null
      if (name === null || !isScalar(key)) {
        this.error(node, `${what}: a key must be a word`)
      } else if (known.includes(name)) {
        found.set(name, { name, key, value: (value ?? null) as Node | null })
      } else {
        const hint = didYouMean(name, known)
        const others = hint === '' ? `; the keys here are ${known.join(', ')}` : hint
        this.error(key, `${what}: unknown key "${name}"${others}`)
      }
    }
    return found
  }

  /** A scalar as the text its author wrote. */
  text(entry: Entry): string | null {
    const word = isScalar(entry.value) ? wordOf(entry.value) : null
    if (word !== null && word !== '') return word
    this.error(entry.value ?? entry.key, `${entry.name}: expected text`)
    return null
  }

  choice<Choice extends string>(entry: Entry, choices: readonly Choice[]): Choice | null {
    const word = this.text(entry)
    const chosen = choices.find(choice => choice === word)
    if (word === null || chosen !== undefined) return chosen ?? null
    const hint = didYouMean(word, choices)
    const node = entry.value ?? entry.key
    this.error(node, `${entry.name}: "${word}" is none of ${choices.join(', ')}${hint}`)
    return null
  }

  flag(entry: Entry): boolean | null {
    if (isScalar(entry.value) && typeof entry.value.value === 'boolean') return entry.value.value
    this.error(entry.value ?? entry.key, `${entry.name}: expected true or false`)
    return null
  }

  /** The nodes of a list, or the one node that stands in a list's place. */
  items(entry: Entry): Node[] {
    const { value } = entry
    if (value === null) {
      this.error(entry.key, `${entry.name}: expected a value`)
      return []
    }
    if (isAlias(value)) return [] // reported when the document was parsed
    return isSeq(value)
      ? value.items.filter((item): item is Node => this.#isNode(item, entry))
      : [value]
  }

  /** The words of a list, or the one word that stands in a list's place, each with its node. */
  words(entry: Entry): { text: string; node: Node }[] {
    return this.items(entry).flatMap(node => {
      const text = isScalar(node) ? wordOf(node) : null
      if (text !== null && text !== '') return [{ text, node }]
      this.error(node, `${entry.name}: expected text, or a list of texts`)
      return []
    })
  }

  /** What stands in the text at this node. */
  excerpt(node: Node): string {
    const [start = 0, end = 0] = node.range ?? []
    return this.#text.slice(start, Math.min(end, start + SHOWN_TEXT))
  }

  #parse(): ReturnType<typeof parseDocument> | null {
    try {
      const document = parseDocument(this.#text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        version: '1.2',
        schema: 'core',
      })
      this.#refuseReferences(document.contents)
      return document
    } catch (error) {
      // The parser recurses: brackets by the thousand run out of stack, and are no policy.
      if (!(error instanceof RangeError)) throw error
      this.#report('error', 0, 0, 'the text is nested too deeply')
      return null
    }
  }

  /** Anchors and aliases can make a small file large, and let one line change another's meaning. */
  #refuseReferences(node: unknown): void {
    if (isAlias(node)) this.error(node, 'anchors and aliases are not used in policies; use groups')
    else if (isMap(node)) {
      for (const { key, value } of node.items) {
        this.#refuseReferences(key)
        this.#refuseReferences(value)
      }
    } else if (isSeq(node)) node.items.forEach(item => this.#refuseReferences(item))
  }

  #isNode(item: unknown, entry: Entry): boolean {
    if (isScalar(item) || isMap(item) || isSeq(item)) return true
    if (isAlias(item)) return false // reported when the document was parsed
    this.error(entry.key, `${entry.name}: an item of the list is empty`)
    return false
  }

  #at(level: Finding['level'], node: Node, message: string): void {
    const [start = 0, end = start] = node.range ?? []
    this.#report(level, start, end, message)
  }

  #report(level: Finding['level'], start: number, end: number, message: string): void {
    const { line, col } = this.#lines.linePos(start)
    const text = this.#text.slice(start, Math.min(end, start + SHOWN_TEXT)).split('\n')[0] ?? ''
    this.findings.push({ level, line: Math.max(line, 1), column: Math.max(col, 1), text, message })
  }
}

/** `0`, `on` and `1.10` are words to a policy's author, whatever YAML makes of them. */
function wordOf({ value, source }: Scalar): string | null {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? null : (source ?? null)
}

/** Only the first sentence: the parser appends an excerpt of its own. */
function plain(message: string): string {
  if (/call stack/.test(message)) return 'the text is nested too deeply'
  return message.split('\n')[0] ?? message
}
