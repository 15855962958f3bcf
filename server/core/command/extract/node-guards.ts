/** What the parser is known to read otherwise than bash, and what bash evaluates, node by node. */
import type { SyntaxNode, Word as WordNode } from 'unbash'
import { programFacts } from '../program-facts.ts'
import { isMeaningful } from '../tables/variables.ts'
import { isName, isNumberText, readArithmetic } from './arithmetic.ts'
import { noteUnknownValue } from './assignments.ts'
import { isBuiltinName } from './builtins.ts'
import { type Extraction, noteChange } from './extraction.ts'
import type { Place } from './pieces.ts'
import { readBody, readPieces } from './pieces.ts'
import { isPlainRegex } from './regex.ts'
import { readWord, readWords, reportFaults } from './words.ts'
import { wrapperEntry } from './wrappers.ts'

export function guardNode(node: SyntaxNode, parent: SyntaxNode, x: Extraction): void {
  const { findings } = x
  const text = x.source.slice(node.pos, node.end)
  if (!KNOWN_NODES.has(node.type)) {
    findings.refuse('unknown-syntax', text)
    return
  }
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest needs no guard
  switch (node.type) {
    case 'Word':
      guardWord(node, parent, x)
      return
    case 'HereDocBody':
      if (parent.type === 'HereDoc' && parent.delimiter?.quoted !== true) {
        reportFaults(readBody(node), x)
      }
      return
    case 'Function':
      if (hasMeaning(node.name.value)) findings.refuse('function-shadows', node.name.text)
      return
    case 'For':
    case 'Select':
      guardLoop(node.name, node.wordlist, node.type === 'Select', x)
      return
    case 'ArithmeticExpansion':
      readArithmetic(node.text.replace(/^\$\(\(|\)\)$|^\$\[|\]$/g, ''), x, node.text)
      return
    case 'ArithmeticCommand':
      readArithmetic(node.body, x, text)
      return
    case 'ArithmeticFor': {
      const header = x.source.slice(node.pos, node.body.pos)
      const parts = /^for\s*\(\(([^]*)\)\)[\s;]*(do|\{)?\s*$/.exec(header)?.[1]
      if (parts === undefined) findings.refuse('arithmetic-text', header)
      for (const part of parts?.split(';') ?? []) readArithmetic(part, x, header)
      return
    }
    case 'ArithmeticCommandExpansion':
      findings.refuse('arithmetic-text', text)
      return
    case 'TestUnary':
      if (/^-[vR]$/.test(node.operator)) {
        const operand = readWord(node.operand, x)
        if (operand.is === 'dynamic' || !isName(operand.text)) {
          findings.refuse('evaluated-name', node.operand.text)
        }
      }
      return
    case 'TestBinary':
      for (const side of [node.left, node.right]) {
        if (/^-(eq|ne|lt|le|gt|ge)$/.test(node.operator)) {
          readArithmetic(side.text.replace(/^"([^"]*)"$/, '$1'), x, side.text)
        }
      }
      return
    case 'ParameterExpansion':
      guardParameter(node, x)
      return
    case 'CommandExpansion':
      if (node.script === undefined) findings.refuse('syntax', node.text)
      // `${ cmd; }` is bash 5.3's; 5.2 takes it for an error, and who knows what others do.
      if (node.text.startsWith('${')) findings.refuse('new-substitution', node.text)
      return
    case 'ProcessSubstitution':
      if (node.script === undefined) findings.refuse('syntax', node.text)
      guardJoined(node, x)
      return
    case 'Script':
      if (x.frame.isReprinted) guardReprinted(node, x)
      return
    default:
      return
  }
}

/** Reads every word a second time; see pieces.ts. */
function guardWord(node: WordNode, parent: SyntaxNode, x: Extraction): void {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- everywhere else a word is an argument
  switch (parent.type) {
    case 'ParameterExpansion':
    case 'Default':
    case 'Remove':
    case 'Replace':
    case 'Slice':
    case 'CaseModification':
    case 'Transform':
      return guardOperand(node, x)
    case 'Assignment':
      // The subscript is arithmetic, and read as such.
      if (parent.index === node) return
      return reportWord(node, 'assignment', x)
    case 'HereString':
      return reportWord(node, 'assignment', x)
    case 'TestBinary':
      if (parent.operator === '=~' && node === parent.right && isPlainRegex(node.text)) return
      return reportWord(node, 'pattern', x)
    case 'CaseItem':
      return reportWord(node, 'pattern', x)
    default:
      return reportWord(node, 'argument', x)
  }
}

function reportWord(node: WordNode, place: Place, x: Extraction): void {
  for (const pieces of readPieces(node, place)) reportFaults(pieces, x)
}

/**
 * Inside `${…}` blanks and quotes follow rules of their own. What matters is that no substitution hides in
 * what the parser took for text.
 */
function guardOperand(node: WordNode, x: Extraction): void {
  for (const part of node.parts ?? [{ type: 'Literal' as const, text: node.text }]) {
    if (part.type === 'Literal' && /[`]|\$[({[]|[<>]\(/.test(part.text.replace(/\\[^]/g, ''))) {
      x.findings.refuse('second-reading', node.text)
    }
    if (part.type === 'Literal' && part.text.includes('\\\n')) {
      x.findings.refuse('continuation', node.text)
    }
  }
}

function guardLoop(
  name: { readonly text: string; readonly value: string; readonly parts?: unknown },
  wordlist: readonly Parameters<typeof readWords>[0][] | undefined,
  isSelect: boolean,
  x: Extraction,
): void {
  if (name.parts !== undefined || !isName(name.text)) {
    x.findings.refuse('evaluated-name', name.text)
    return
  }
  const words = wordlist?.flatMap(word => readWords(word, x)) ?? []
  const isNumbers =
    !isSelect &&
    words.length > 0 &&
    words.every(word => word.is === 'literal' && isNumberText(word.text))
  if (!isNumbers) noteUnknownValue(name.text, x, name.text)
  else {
    noteChange(name.text, x, name.text)
    if (isMeaningful(name.text)) x.findings.refuse('meaningful-variable', name.text)
    else x.state.numbers.add(name.text)
  }
  if (isSelect) x.findings.notNumbers.add('REPLY')
}

function guardParameter(
  node: Extract<SyntaxNode, { type: 'ParameterExpansion' }>,
  x: Extraction,
): void {
  const { operation, index } = node
  const isListing = operation?.type === 'Names' || /^[@*]$/.test(index?.text ?? '')
  if (node.prefix === '!' && !isListing) x.findings.refuse('indirection', node.text)
  if (index !== undefined && !/^([@*]|-?\d+)$/.test(index.text))
    readArithmetic(index.text, x, node.text)
  switch (operation?.type) {
    case 'Slice':
      readArithmetic(operation.offset.text, x, node.text)
      if (operation.length !== undefined) readArithmetic(operation.length.text, x, node.text)
      return
    case 'Transform':
      // `P` expands the value as a prompt, substitutions included (Bash manual 3.5.3).
      if (!/^[QUuLEkKAa]$/.test(operation.operand.text)) {
        x.findings.refuse('prompt-expansion', node.text)
      }
      return
    case 'Default':
      if (operation.operator.endsWith('=')) noteUnknownValue(node.parameter, x, node.text)
      return
    case 'Remove':
    case 'Replace':
    case 'CaseModification':
    case 'Names':
    case 'Unknown':
    case undefined:
      return
  }
}

/** `cat<(x)`, `<(x)y`: where the word begins and ends is read differently. */
function guardJoined(
  node: Extract<SyntaxNode, { type: 'ProcessSubstitution' }>,
  x: Extraction,
): void {
  const before = x.source.slice(Math.max(0, node.pos - 2), node.pos)
  const after = x.source[node.end] ?? ' '
  const isFree = node.pos === 0 || /(^|[^\\])[\s|&;(]$/.test(before)
  if (!isFree || !/[\s|&;)]/.test(after))
    x.findings.refuse('joined-process-substitution', node.text)
}

/**
 * bash 5.2 prints the text of `$(…)` from its parse tree and parses that again. A here-document that is not
 * in the last statement loses what follows it (`$(cat <<E …; rm x)`, seen in 5.2.15).
 */
function guardReprinted(node: Extract<SyntaxNode, { type: 'Script' }>, x: Extraction): void {
  const [only] = node.commands
  const isSimple =
    node.commands.length === 1 &&
    only?.background !== true &&
    (only?.command.type === 'Command' || only?.command.type === 'Pipeline')
  if (!isSimple && node.commands.some(holdsHereDocument)) {
    x.findings.refuse('here-document-in-substitution', x.source.slice(node.pos, node.end))
  }
}

function holdsHereDocument(node: SyntaxNode): boolean {
  // Cheaper than a walk, and errs on the safe side.
  return JSON.stringify(node).includes('"HereDoc"')
}

/** Names that stand for something here: a function of that name would make the reading wrong. */
function hasMeaning(name: string): boolean {
  return (
    name.includes('/') ||
    isBuiltinName(name) ||
    wrapperEntry(name) !== null ||
    programFacts(name).isKnown ||
    /^(command_not_found_handle|find|xargs|sh|bash|dash|ash)$/.test(name)
  )
}

const KNOWN_NODES: ReadonlySet<string> = new Set(
  (
    'Script Statement CompoundList CaseItem Elif Command Redirected Pipeline Time Negation AndOr If For While ' +
    'Function Subshell BraceGroup Case Select Coproc ArithmeticFor TestUnary TestBinary TestLogical TestNot ' +
    'TestGroup TestCommand ArithmeticCommand Word Literal Glob SingleQuoted DoubleQuoted AnsiCQuoted ' +
    'LocaleString SimpleExpansion ParameterExpansion CommandExpansion ArithmeticExpansion ProcessSubstitution ' +
    'ExtendedGlob BraceExpansion Assignment ArrayValue Redirect HereString HereDoc FileDescriptor ' +
    'FileDescriptorVariable HereDocDelimiter HereDocBody ArithmeticBinary ArithmeticUnary ArithmeticTernary ' +
    'ArithmeticGroup ArithmeticWord ArithmeticCommandExpansion Default Remove Replace Slice CaseModification ' +
    'Transform Names'
  ).split(' '),
)
