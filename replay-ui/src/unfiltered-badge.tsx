import type { JSX } from 'solid-js'

/** What ran without being judged, and is to be read with that in mind: in the list, over a session, at each step. */
export function UnfilteredBadge(): JSX.Element {
  return (
    <span class="badge warn" title="The policy records and does not judge">
      unfiltered
    </span>
  )
}
