import { For, type JSX } from 'solid-js'
import type { SentText } from '../../server/core/audit/events.ts'
import { splitHidden } from './hidden-characters.ts'

/**
 * Text that an agent or a target wrote. It becomes text nodes, never markup; what would act or hide
 * (control characters, direction marks, invisible ones) is shown as its code, in the order it stands.
 */
export function SafeText(props: { text: string; lines?: boolean }): JSX.Element {
  return (
    <bdi class="sent" dir="ltr">
      <For each={splitHidden(props.text, props.lines === true)}>
        {piece => (piece.hidden ? <span class="hidden-character">{piece.text}</span> : piece.text)}
      </For>
    </bdi>
  )
}

/** The words of something sent, also when its bytes are not text. */
export const wordsOf = (sent: SentText): string =>
  'text' in sent ? sent.text : `(not text; base64) ${sent.base64}`
