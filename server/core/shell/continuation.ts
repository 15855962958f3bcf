/**
 * Whether a shell would wait for more after this text: an open quote or bracket, a here-document without its
 * end, `if` without `fi`, a trailing `|`. Decides between the continuation prompt and the judge, and
 * nothing else: the judge reads the whole by itself. Linear in the length of the text.
 */
export function wantsMore(text: string): boolean {
  const scan = new Scan(text)
  return scan.run()
}

type Open = 'double' | 'sum' | 'paren' | 'brace' | 'backtick' | 'if' | 'loop' | 'case' | 'group'

/** Words that open something, and what their end closes. */
const OPENS: Readonly<Record<string, Open>> = {
  if: 'if',
  for: 'loop',
  while: 'loop',
  until: 'loop',
  select: 'loop',
  case: 'case',
  '{': 'group',
}
const CLOSES: Readonly<Record<string, Open>> = {
  fi: 'if',
  done: 'loop',
  esac: 'case',
  '}': 'group',
}
/** After these a command is still expected. */
const TRANSPARENT = new Set(['then', 'else', 'elif', 'do', '!', 'time'])

/** Deeper than anybody writes, and shallow enough for the stack. */
const NESTING_LIMIT = 100

class Scan {
  readonly #text: string
  #at = 0
  readonly #open: Open[] = []
  readonly #hereDocuments: { delimiter: string; isIndented: boolean }[] = []
  /** A command's first word may stand here. */
  #expectsCommand = true
  /** Brackets here would make the word before them the name of a function. */
  #followsWord = false
  /** The last token needs something after it. */
  #dangles = false
  #isUnfinished = false

  constructor(text: string) {
    this.#text = text
  }

  run(): boolean {
    while (this.#at < this.#text.length && !this.#isUnfinished) {
      const top = this.#open.at(-1)
      if (top === 'double' || top === 'brace' || top === 'sum') this.#inQuotes(top)
      else if (this.#token() === 'wrong') return false
    }
    return (
      this.#isUnfinished || this.#dangles || this.#open.length > 0 || this.#hereDocuments.length > 0
    )
  }

  /** Inside "…", ${…} or ((…)): only expansions, brackets and the end count. */
  #inQuotes(top: 'double' | 'brace' | 'sum'): void {
    const character = this.#text[this.#at] ?? ''
    if (character === '\\') this.#at += 2
    else if (character === { double: '"', brace: '}', sum: ')' }[top]) this.#close()
    else if (character === '(' && top === 'sum') this.#enter('sum', 1)
    else if (character === '"') this.#enter('double', 1)
    else if (character === "'" && top !== 'double' && !this.#open.includes('double')) {
      this.#skipSingle()
    } else if (!this.#expansion()) this.#at += 1
  }

  /** `$(`, `${` and backticks; false when none stands here. */
  #expansion(): boolean {
    if (this.#text.startsWith('$((', this.#at)) this.#enterSum(3)
    else if (this.#text.startsWith('$(', this.#at)) {
      this.#enter('paren', 2)
      this.#expectsCommand = true
    } else if (this.#text.startsWith('${', this.#at)) this.#enter('brace', 2)
    else if (this.#text[this.#at] === '`') {
      if (this.#open.includes('backtick')) {
        while (this.#open.at(-1) !== 'backtick') this.#open.pop()
        this.#close()
      } else {
        this.#enter('backtick', 1)
        this.#expectsCommand = true
      }
    } else return false
    return true
  }

  #token(): 'wrong' | undefined {
    const text = this.#text
    const character = text[this.#at] ?? ''
    if (!/[ \t(]/.test(character)) this.#followsWord = false
    if (character === '\n') {
      this.#at += 1
      this.#expectsCommand = true
      this.#hereDocumentBodies()
    } else if (/\s/.test(character)) this.#at += 1
    else if (character === '#') this.#at = lineEnd(text, this.#at)
    else if (/[;&|]/.test(character)) this.#operator()
    else if (character === '(') this.#opening()
    else if (character === ')') return this.#parenthesis()
    else if (/[<>]/.test(character)) this.#redirection()
    else return this.#word()
    return undefined
  }

  #operator(): void {
    const operator =
      /^(?:&&|\|\||\|&|;;&?|;&|[;&|])/.exec(this.#text.slice(this.#at, this.#at + 3))?.[0] ?? ''
    this.#at += operator.length
    this.#dangles = ['&&', '||', '|', '|&'].includes(operator)
    this.#expectsCommand = true
  }

  #opening(): void {
    const isDefinition = this.#followsWord && this.#skip(/\(\s*\)/y)
    if (isDefinition) this.#dangles = true
    else if (this.#expectsCommand && this.#text.startsWith('((', this.#at)) {
      this.#enterSum(2)
      this.#expectsCommand = false
      return
    } else this.#enter('paren', 1)
    this.#expectsCommand = true
  }

  #enterSum(length: number): void {
    this.#enter('sum', 0)
    this.#enter('sum', length)
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }

  #parenthesis(): 'wrong' | undefined {
    if (this.#open.at(-1) === 'case') {
      this.#at += 1
      this.#expectsCommand = true
      return undefined
    }
    if (this.#open.at(-1) !== 'paren') return 'wrong'
    this.#expectsCommand = false
    this.#dangles = false
    this.#close()
    return undefined
  }

  #redirection(): void {
    const operator =
      /^(?:<<<|<<-?|<>|<&|>>|>&|>\||[<>])/.exec(this.#text.slice(this.#at, this.#at + 3))?.[0] ?? ''
    this.#at += operator.length
    if (operator === '<<' || operator === '<<-') {
      const start = this.#at
      while (/[ \t]/.test(this.#text[this.#at] ?? '')) this.#at += 1
      this.#skipWord()
      const delimiter = this.#text
        .slice(start, this.#at)
        .trim()
        .replace(/['"\\]/g, '')
      this.#hereDocuments.push({ delimiter, isIndented: operator === '<<-' })
    } else if (this.#text[this.#at] === '(') {
      this.#enter('paren', 1)
      this.#expectsCommand = true
    }
    this.#dangles = false
  }

  #word(): 'wrong' | undefined {
    const start = this.#at
    this.#skipWord()
    const word = this.#text.slice(start, this.#at)
    this.#dangles = false
    if (!this.#expectsCommand) {
      this.#followsWord = true
      return undefined
    }
    if (Object.hasOwn(OPENS, word)) {
      this.#open.push(OPENS[word] ?? 'group')
      this.#expectsCommand = word !== 'for' && word !== 'case' && word !== 'select'
    } else if (Object.hasOwn(CLOSES, word)) {
      if (this.#open.at(-1) !== CLOSES[word]) return 'wrong'
      this.#open.pop()
      this.#expectsCommand = false
    } else if (word === '[[') {
      this.#test()
    } else if (word === 'function') {
      this.#skip(/\s+[^\s(){};&|<>]+(?:\s*\(\s*\))?/y)
      this.#dangles = true
    } else if (!TRANSPARENT.has(word)) {
      this.#followsWord = true
      this.#expectsCommand = /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word)
    }
    return undefined
  }

  /** `[[ … ]]`: operators inside are not the shell's. */
  #test(): void {
    const end = /\s\]\](?=[\s;&|)]|$)/g
    end.lastIndex = this.#at
    const found = end.exec(this.#text)
    if (found === null) this.#isUnfinished = true
    else this.#at = end.lastIndex
    this.#expectsCommand = false
  }

  /** To the end of a word: quotes and expansions in it are gone through, or left open on the stack. */
  #skipWord(): void {
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? ''
      if (character === '\\') {
        if (this.#at + 1 >= this.#text.length) this.#isUnfinished = true
        this.#at += 2
      } else if (character === "'") this.#skipSingle()
      else if (this.#text.startsWith("$'", this.#at)) this.#skipDollarSingle()
      else if (character === '"') {
        this.#enter('double', 1)
        this.#untilClosed()
      } else if (/[\s;&|()<>]/.test(character)) {
        // `name=(`: an array. Its words are no commands.
        if (character !== '(' || this.#text[this.#at - 1] !== '=') return
        this.#enter('paren', 1)
        this.#expectsCommand = false
        return
      } else {
        const depth = this.#open.length
        if (!this.#expansion()) this.#at += 1
        else if (this.#open.length > depth) this.#untilClosed()
        else return // a backtick that closed what this word is part of
      }
    }
  }

  /** Goes on until what was just opened is closed again, or the text ends. */
  #untilClosed(): void {
    const depth = this.#open.length - 1
    const expected = this.#expectsCommand
    while (this.#open.length > depth && this.#at < this.#text.length && !this.#isUnfinished) {
      const top = this.#open.at(-1)
      if (top === 'double' || top === 'brace' || top === 'sum') this.#inQuotes(top)
      else if (this.#token() === 'wrong') this.#giveUp()
    }
    this.#expectsCommand = expected
    this.#dangles = false
  }

  #skipSingle(): void {
    const end = this.#text.indexOf("'", this.#at + 1)
    if (end === -1) this.#isUnfinished = true
    this.#at = end === -1 ? this.#text.length : end + 1
  }

  #skipDollarSingle(): void {
    this.#at += 2
    while (this.#at < this.#text.length && this.#text[this.#at] !== "'") {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    }
    if (this.#at >= this.#text.length) this.#isUnfinished = true
    this.#at += 1
  }

  #hereDocumentBodies(): void {
    while (this.#hereDocuments.length > 0) {
      const { delimiter, isIndented } = this.#hereDocuments[0] ?? {
        delimiter: '',
        isIndented: false,
      }
      let isClosed = false
      while (this.#at < this.#text.length && !isClosed) {
        const end = lineEnd(this.#text, this.#at)
        const line = this.#text.slice(this.#at, end)
        isClosed = (isIndented ? line.replace(/^\t+/, '') : line) === delimiter
        this.#at = end + 1
      }
      if (!isClosed) return
      this.#hereDocuments.shift()
    }
  }

  #enter(what: Open, length: number): void {
    this.#open.push(what)
    this.#at += length
    if (this.#open.length > NESTING_LIMIT) this.#giveUp()
  }

  /** Nothing more is expected: the judge will say what is wrong. */
  #giveUp(): void {
    this.#at = this.#text.length
    this.#open.length = 0
    this.#hereDocuments.length = 0
    this.#isUnfinished = false
  }

  #close(): void {
    this.#open.pop()
    this.#at += 1
  }
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at
}
