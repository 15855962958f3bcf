import { parse } from 'yaml'
import type { Judgement, SeenCommand } from '../core/policy/judgement.ts'
import { escapeControls } from '../core/verdict.ts'
import type { Paint } from './screen.ts'

/** The paragraph at the head of a starter. */
export function descriptionOf(text: string): string {
  const whole: unknown = parse(text)
  const isMap = typeof whole === 'object' && whole !== null && 'description' in whole
  return isMap && typeof whole.description === 'string' ? whole.description.trim() : ''
}

/** The one place that says what a judgement looks like as JSON. */
export function judgementJson(judgement: Judgement): object {
  const { verdict, rule, reasons, commands, canonical, input, observed, unfiltered } = judgement
  return { verdict, rule, reasons, commands, canonical, input, observed, unfiltered }
}

/** A judgement for a person: every command, every decision, the reasons, the canonical form. */
export function judgementText(judgement: Judgement, paint: Paint): string {
  const { verdict, rule, commands, reasons, canonical, observed, unfiltered } = judgement
  const remark = unfiltered
    ? ' (unfiltered: not judged)'
    : observed
      ? ' (observed: it runs all the same)'
      : ''
  return [
    `${painted(verdict, paint)} by ${escapeControls(rule)}${remark}`,
    ...commands.map(command => commandText(command, paint)),
    ...reasons.map(
      ({ text, at }) =>
        `  because ${escapeControls(text)}${at === '' ? '' : paint.dim(`  [${escapeControls(at)}]`)}`,
    ),
    canonical === null
      ? '  canonical form: none'
      : `  canonical form:\n${canonical
          .split('\n')
          .map(line => `    ${escapeControls(line)}`)
          .join('\n')}`,
  ].join('\n')
}

function commandText({ argv, as, via, verdict, rule }: SeenCommand, paint: Paint): string {
  const words = argv.map(word => (word === null ? '‹unknown›' : shown(word))).join(' ')
  const through =
    via.length === 0 ? '' : paint.dim(` through ${via.map(escapeControls).join(' > ')}`)
  const user = as === null ? '' : ` as ${escapeControls(as)}`
  return `  ${painted(verdict, paint)} ${words}${user}${through} (${escapeControls(rule)})`
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${escapeControls(word)}'`
}

function painted(verdict: SeenCommand['verdict'], paint: Paint): string {
  return verdict === 'allow' ? paint.good(verdict) : paint.bad(verdict)
}
