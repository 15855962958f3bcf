/** Recorded only. */
export const UNFILTERED = String.raw`version: 1
name: unfiltered
description: >-
  Nothing is judged: every line runs as it came, in whatever shell the login has, and everything is
  recorded and can be replayed. For people in an emergency and for machines that can be thrown away. Each
  session and each command under it is marked unfiltered in the evidence; give it for minutes, and with
  a reason.
unfiltered: true

tests:
  - { run: "rm -rf /tmp/x", expect: allow }
`
