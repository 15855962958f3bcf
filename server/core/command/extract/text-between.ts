import type { ParsedScript, SyntaxNode } from 'unbash'
import { forEachChild } from 'unbash'
import type { Extraction } from './extraction.ts'

/**
 * Refuses a script of which the parser left something out: what no word, redirection or body covers may
 * only be blanks, operators, reserved words and comments. (A parser that recovers quietly would otherwise
 * hide what the shell runs.)
 */
export function guardTextBetween(root: ParsedScript, x: Extraction): void {
  const { source } = x
  const start = root.source === undefined ? root.pos : 0
  const end = root.source === undefined ? root.end : source.length
  let between = ''
  let at = start
  for (const [from, to] of spans(root)) {
    if (from > at) between += source.slice(at, from)
    // One blank in place of what is covered, so that what stands around it does not join.
    between += COVERED
    at = Math.max(at, to)
  }
  between += source.slice(at, end)
  const odd = firstOdd(between)
  if (odd !== null) x.findings.refuse('unaccounted-text', odd)
}

/** Stands for a covered stretch; cannot occur in a line, which holds no U+FFFD (bytes.ts). */
const COVERED = '\ufffd'

/** What nodes cover, in the order of the text: words and all that is read for itself. */
function spans(root: ParsedScript): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  const visit = (node: SyntaxNode): void => {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- everything else is covered by its parts
    switch (node.type) {
      case 'Word':
      case 'Assignment':
      case 'HereDocDelimiter':
      case 'FileDescriptor':
      case 'FileDescriptorVariable':
        found.push([node.pos, node.end])
        return
      case 'ArithmeticCommand':
        found.push([node.pos, node.end])
        return
      case 'ArithmeticFor':
        // Its header is read as a whole, from its text (node-guards.ts).
        found.push([node.pos, node.body.pos])
        visit(node.body)
        return
      case 'HereDoc':
        found.push([node.body.pos, node.body.end])
        if (node.closing !== undefined) found.push([node.closing.pos, node.closing.end])
        break
      default:
        break
    }
    forEachChild(node, visit)
  }
  forEachChild(root, visit)
  return found.toSorted(([a], [b]) => a - b)
}

const BETWEEN =
  /[ \t\n]+|\\\n|\ufffd|;;&|;&|;;|&&|\|\||\|&|[;&|(){}!]|&>>|&>|<<<|<<-|<<|>>|<>|>\||>&|<&|[<>]|\[\[|\]\]|=~|==|(?:if|then|elif|else|fi|for|in|do|done|while|until|case|esac|select|function|time|-p|--|coproc)(?![^\s;&|()<>\ufffd])|-[a-zA-Z]+|!=|=/y

function firstOdd(text: string): string | null {
  let separator = false
  for (let at = 0; at < text.length; ) {
    const isWordStart = at === 0 || /[\s;&|()\ufffd]/.test(text[at - 1] ?? '')
    if (text[at] === '#' && isWordStart) {
      const lineEnd = text.indexOf('\n', at)
      at = lineEnd === -1 ? text.length : lineEnd
      continue
    }
    BETWEEN.lastIndex = at
    const token = BETWEEN.exec(text)?.[0]
    // `a &; b` is an error to bash, and two statements to the parser.
    const isEmpty = separator && token !== undefined && /^([;&|]|&&|\|\||\|&)$/.test(token)
    if (token === undefined || isEmpty) return text.slice(at).replaceAll(COVERED, '…')
    if (!/^\s|^\\/.test(token)) separator = token === ';' || token === '&'
    at = BETWEEN.lastIndex
  }
  return null
}
