/**
 * Writes a script out again from its parse tree: one statement a line, every word quoted that can be, no
 * comments, no continuations, nothing that two shells could read in two ways. What is forwarded is this
 * and not the agent's text. A construct that is not written here is not written at all.
 */
import type {
  AndOr,
  ArithmeticFor,
  Assignment,
  Case,
  Command,
  CompoundList,
  Elif,
  Function,
  HereDoc,
  If,
  ParsedScript,
  Pipeline,
  PipelineNode,
  Redirection,
  Script,
  Statement,
} from 'unbash'
import {
  NotEmitted,
  emitArithmetic,
  emitBody,
  emitExpression,
  emitTest,
  emitWord,
} from './emit-words.ts'
import type { Emitter } from './emit-words.ts'

/** The script in canonical form; null when some part of it has none. */
export function emit(root: ParsedScript): string | null {
  try {
    return emitScript(root)
  } catch (error) {
    if (error instanceof NotEmitted) return null
    throw error
  }
}

function emitScript(script: Script): string {
  return emitStatements(script.commands)
}

/** Statements, each on its line, each with the here-documents it began below it. */
function emitStatements(statements: readonly Statement[]): string {
  const lines = statements.map(statement => {
    const bodies: string[] = []
    const e: Emitter = {
      addBody: body => void bodies.push(body),
      delimiter: () => `END_${bodies.length}`,
      emitScript,
    }
    const command = emitNode(statement.command, e)
    const line = statement.background === true ? `${command} &` : command
    return [line, ...bodies].join('\n')
  })
  return lines.join('\n')
}

function emitList(list: CompoundList): string {
  if (list.commands.length === 0) throw new NotEmitted('empty list')
  return emitStatements(list.commands)
}

function emitNode(node: AndOr | PipelineNode, e: Emitter): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- what is not written here is not written at all
  switch (node.type) {
    case 'Command':
      return emitCommand(node, e)
    case 'Pipeline':
      return emitPipeline(node, e)
    case 'AndOr':
      return emitJoined(node.commands, node.operators, e)
    case 'Redirected': {
      const command = emitNode(node.command, e)
      return [command, ...node.redirects.map(redirect => emitRedirection(redirect, e))].join(' ')
    }
    case 'Subshell':
      return `( ${emitList(node.body)}\n)`
    case 'BraceGroup':
      return `{ ${emitList(node.body)}\n}`
    case 'If':
      return emitIf(node)
    case 'While':
      return `${node.kind} ${emitList(node.clause)}\ndo ${emitList(node.body)}\ndone`
    case 'For':
    case 'Select': {
      const words = node.wordlist?.map(word => emitWord(word, 'argument', e)).join(' ')
      const list = words === undefined ? '' : ` in ${words}`
      const keyword = node.type === 'For' ? 'for' : 'select'
      return `${keyword} ${node.name.value}${list}\ndo ${emitList(node.body)}\ndone`
    }
    case 'ArithmeticFor':
      return emitArithmeticFor(node)
    case 'Case':
      return emitCase(node, e)
    case 'Function':
      return emitFunction(node, e)
    case 'TestCommand':
      return `[[ ${emitTest(node.expression, e)} ]]`
    case 'ArithmeticCommand':
      return `((${emitArithmetic(node.body)}))`
    default:
      throw new NotEmitted(node.type)
  }
}

function emitJoined(
  nodes: readonly PipelineNode[],
  operators: readonly string[],
  e: Emitter,
): string {
  return nodes
    .map((node, index) => (index === 0 ? '' : ` ${operators[index - 1]} `) + emitNode(node, e))
    .join('')
}

function emitPipeline(node: Pipeline, e: Emitter): string {
  const prefixes = node.prefixes.map(prefix => {
    if (prefix.type === 'Negation') return '! '
    return prefix.posix === undefined ? 'time ' : 'time -p '
  })
  return prefixes.join('') + emitJoined(node.commands, node.operators, e)
}

function emitCommand(node: Command, e: Emitter): string {
  const words = [
    ...node.prefix
      .filter(child => child.type === 'Assignment')
      .map(child => emitAssignment(child, e)),
    ...(node.name === undefined ? [] : [emitWord(node.name, 'argument', e)]),
    ...node.args.map(word =>
      word.type === 'Word' ? emitWord(word, 'argument', e) : emitAssignment(word, e),
    ),
    ...node.redirects.map(redirect => emitRedirection(redirect, e)),
  ].filter(word => word !== '')
  if (words.length === 0) throw new NotEmitted('empty command')
  return words.join(' ')
}

function emitAssignment(node: Assignment, e: Emitter): string {
  if (node.index !== undefined && !/^\w+$/.test(node.index.text)) throw new NotEmitted('subscript')
  const index = node.index === undefined ? '' : `[${node.index.text}]`
  const start = `${node.name}${index}${node.append === true ? '+=' : '='}`
  if (node.value.type === 'Word') {
    return start + (node.value.text === '' ? '' : emitWord(node.value, 'assignment', e))
  }
  const elements = node.value.elements.map(element => {
    if (element.text.startsWith('[')) throw new NotEmitted('array subscript')
    return emitWord(element, 'argument', e)
  })
  return `${start}(${elements.join(' ')})`
}

function emitRedirection(node: Redirection, e: Emitter): string {
  const { descriptor } = node
  const from =
    descriptor === undefined
      ? ''
      : descriptor.type === 'FileDescriptor'
        ? String(descriptor.value)
        : `{${descriptor.name}}`
  if (node.type === 'HereDoc') return from + emitHereDocument(node, e)
  if (node.target === undefined) throw new NotEmitted('redirection')
  if (node.type === 'HereString') return `${from}<<< ${emitWord(node.target, 'assignment', e)}`
  const target = emitWord(node.target, 'argument', e)
  const isDescriptor = node.operator.endsWith('&') && /^(\d+-?|-)$/.test(target)
  return `${from}${node.operator}${isDescriptor ? '' : ' '}${target}`
}

function emitHereDocument(node: HereDoc, e: Emitter): string {
  if (node.delimiter === undefined) throw new NotEmitted('here-document')
  const hasTabs = node.operator === '<<-'
  const text = hasTabs ? node.body.text.replace(/^\t+/gm, '') : node.body.text
  const written = node.delimiter.quoted ? text : emitBody(node.body, hasTabs, e)
  let delimiter = e.delimiter()
  while (written.split('\n').includes(delimiter)) delimiter += '_'
  if (written !== '' && !written.endsWith('\n')) throw new NotEmitted('here-document')
  e.addBody(`${written}${delimiter}`)
  return `<< ${node.delimiter.quoted ? `'${delimiter}'` : delimiter}`
}

function emitIf(node: If): string {
  const otherwise = node.else === undefined ? '' : `\nelse ${emitList(node.else)}`
  const elifs = node.elif.map(
    (branch: Elif) => `\nelif ${emitList(branch.clause)}\nthen ${emitList(branch.then)}`,
  )
  return `if ${emitList(node.clause)}\nthen ${emitList(node.then)}${elifs.join('')}${otherwise}\nfi`
}

function emitCase(node: Case, e: Emitter): string {
  const items = node.items.map(item => {
    const patterns = item.pattern.map(word => emitWord(word, 'pattern', e)).join(' | ')
    const body = item.body.commands.length === 0 ? '' : `${emitList(item.body)}\n`
    return `(${patterns})\n${body}${item.terminator ?? ';;'}\n`
  })
  return `case ${emitWord(node.word, 'argument', e)} in\n${items.join('')}esac`
}

function emitArithmeticFor(node: ArithmeticFor): string {
  const parts = [node.initialize, node.test, node.update].map(part =>
    part === undefined ? '' : emitExpression(part),
  )
  return `for ((${parts.join('; ')}))\ndo ${emitList(node.body)}\ndone`
}

function emitFunction(node: Function, e: Emitter): string {
  if (!/^[A-Za-z_][\w.:-]*$/.test(node.name.text)) throw new NotEmitted('function name')
  if (node.body.type === 'CompoundList') throw new NotEmitted('function')
  return `${node.name.value}() ${emitNode(node.body, e)}`
}
