import { For, Show, type JSX } from 'solid-js'
import type { SeenCommand } from '../../../server/core/policy/judgement.ts'
import {
  shownLine,
  wasStopped,
  type CommandStep,
  type Step,
} from '../../../server/core/replay/steps.ts'
import { SafeText, wordsOf } from '../safe-text.tsx'
import { bytes, duration, tapeTime } from '../wording.ts'
import { exitSentence, outcomeOf } from './step-wording.ts'

/** All that is known about one step: the words, the verdict and its reasons, and how it ended. */
export function StepDetail(props: {
  step: Step
  live: boolean
  onPlayFrom: (step: Step) => void
}): JSX.Element {
  const outcome = () => outcomeOf(props.step, props.live)
  return (
    <section class="detail" aria-label="The chosen command">
      <header>
        <span class={`outcome ${outcome().tone}`}>{outcome().word}</span>
        <h3>
          Event {props.step.seq} at {tapeTime(props.step.atMs)}
        </h3>
        <button type="button" onClick={() => props.onPlayFrom(props.step)}>
          Play from here
        </button>
      </header>
      <Show when={wasStopped(props.step)}>
        <Reasons step={props.step} />
      </Show>
      <Show
        when={props.step.is === 'command' ? props.step : null}
        fallback={<Request step={props.step} />}
      >
        {command => <Command step={command()} />}
      </Show>
    </section>
  )
}

function Reasons(props: { step: Step }): JSX.Element {
  const reasons = (): readonly string[] =>
    props.step.is === 'request'
      ? [props.step.reason]
      : props.step.reasons.map(({ text, at }) => (at === '' ? text : `${text} (at: ${at})`))
  return (
    <div class="why">
      <For each={reasons()} fallback={<p>No reason was written down.</p>}>
        {reason => (
          <p>
            <SafeText text={reason} />
          </p>
        )}
      </For>
      <p>
        Rule <SafeText text={props.step.rule} />
      </p>
    </div>
  )
}

function Request(props: { step: Step }): JSX.Element {
  return (
    <Show when={props.step.is === 'request' ? props.step : null}>
      {request => (
        <pre class="line">
          {request().request} <SafeText text={wordsOf(request().detail)} lines />
        </pre>
      )}
    </Show>
  )
}

function Command(props: { step: CommandStep }): JSX.Element {
  const line = (): string => wordsOf(shownLine(props.step))
  const forwarded = (): string | null =>
    props.step.forwarded === null ? null : wordsOf(props.step.forwarded)
  return (
    <>
      <pre class="line">
        <SafeText text={line()} lines />
      </pre>
      <Show when={props.step.forced}>
        {forced => (
          <Labelled label="The certificate's command, judged in its stead">{forced()}</Labelled>
        )}
      </Show>
      <Show when={props.step.canonical !== line() && props.step.canonical}>
        {canonical => <Labelled label="As it was understood">{canonical()}</Labelled>}
      </Show>
      <Show when={props.step.commands.length > 1 || wasStopped(props.step)}>
        <Seen commands={props.step.commands} />
      </Show>
      <Show when={forwarded() !== null && forwarded() !== line() && forwarded()}>
        {sent => (
          <details>
            <summary>Exactly what the target was asked to run</summary>
            <pre class="line">
              <SafeText text={sent()} lines />
            </pre>
          </details>
        )}
      </Show>
      <dl>
        <For each={rowsOf(props.step)}>
          {([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>
                <SafeText text={value} />
              </dd>
            </div>
          )}
        </For>
      </dl>
    </>
  )
}

/** What the line would run, command by command, each with the rule that decided it. */
function Seen(props: { commands: readonly SeenCommand[] }): JSX.Element {
  return (
    <ul class="seen" aria-label="What the line would run">
      <For each={props.commands}>
        {command => (
          <li>
            <span class={`outcome ${TONES[command.verdict]}`}>{command.verdict}</span>
            <span class="words mono">
              <Show when={command.via.length > 0}>
                <span class="quiet">
                  <SafeText text={command.via.join(' › ')} /> ›{' '}
                </span>
              </Show>
              <For each={command.argv}>
                {argument => (
                  <Show
                    when={argument !== null}
                    fallback={
                      <span class="open" title="not known before it runs">
                        ⟨?⟩{' '}
                      </span>
                    }
                  >
                    <SafeText text={shellWord(argument ?? '')} />{' '}
                  </Show>
                )}
              </For>
              <Show when={command.as}>
                {user => (
                  <span class="quiet">
                    as <SafeText text={user()} />
                  </span>
                )}
              </Show>
            </span>
            <span class="quiet">
              <SafeText text={command.rule} />
            </span>
          </li>
        )}
      </For>
    </ul>
  )
}

const TONES = { allow: 'good', ask: 'warn', deny: 'bad' } as const

/** Quoted where a reader could not see its ends otherwise. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

function Labelled(props: { label: string; children: string }): JSX.Element {
  return (
    <>
      <h4>{props.label}</h4>
      <pre class="line">
        <SafeText text={props.children} lines />
      </pre>
    </>
  )
}

function rowsOf(step: CommandStep): [name: string, value: string][] {
  const { end } = step
  const rows: [string, string | null][] = [
    ['rule', wasStopped(step) ? null : step.rule],
    ['let pass', step.observed ? 'observe mode: the verdict was deny' : null],
    ['not judged', step.unfiltered ? 'unfiltered: the policy records and does not judge' : null],
    ['exit', end === null ? null : exitSentence(end.exit, end.fault)],
    ['took', end === null ? null : duration(end.durationMs)],
    ['printed', end === null ? null : printed(end.stdoutBytes, end.stderrBytes)],
    ['was sent', end === null || end.stdinBytes === 0 ? null : bytes(end.stdinBytes)],
    ['in', step.workingDirectory],
    ['channel', `${step.channel}${step.terminal ? ', with a terminal' : ''}`],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

function printed(stdout: number, stderr: number): string {
  if (stdout + stderr === 0) return 'nothing'
  return stderr === 0 ? bytes(stdout) : `${bytes(stdout)} and ${bytes(stderr)} on standard error`
}
