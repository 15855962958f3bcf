import type { Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import { programText } from '../../core/shell/driver-protocol/full-screen.ts'
import { type Refusal, refusalLine } from '../../core/verdict.ts'
import { turnAway } from '../say.ts'
import { AttendantLine } from './attendant-line.ts'
import { Conversation } from './conversation.ts'
import type { Granted } from './decide-line.ts'
import { openFullScreen } from './full-screen.ts'
import { followAgent, holdUntilOver } from './hold.ts'
import { programEnd } from './program-end.ts'
import type { Foreground } from './runner.ts'
import type { Setting } from './setting.ts'

/**
 * A command with a terminal (`ssh -t bastion COMMAND`) that may be sent whole lines: the same line gate as in a
 * shell stands before it. The decision is written down already.
 */
export async function runTypedProgram(
  setting: Setting,
  terminal: Terminal,
  command: string,
  granted: Granted,
): Promise<void> {
  const { session, request, channels, tape, environment, around } = setting
  const { record, target } = session
  const conversation = new Conversation(setting, terminal)
  const opened = await openFullScreen(
    channels,
    programText(command, target.shell),
    terminal,
    environment,
    { relay: bytes => conversation.relay(bytes), fail: session.fail },
  )
  const attended = opened.ok ? await attend() : opened
  if (!opened.ok || !attended.ok) {
    const fault = opened.ok && !attended.ok ? attended.fault : opened.ok ? '' : opened.fault
    const refusal: Refusal = { because: 'target-unreachable', target: target.name, fault }
    const event = `${record.id}:${granted.seq}`
    await tape.write('stderr', new TextEncoder().encode(`${refusalLine(refusal, event)}\r\n`))
    return turnAway(request, refusal, event)
  }
  conversation.beginProgram(attended.value, granted)
  followAgent(request, conversation, session)
  const program = opened.value.ended.then(exit => programEnd(exit, channels))
  const told = { session, log: around.log }
  await holdUntilOver(conversation, request, told, { lost: 'program', program })

  async function attend(): Promise<Result<Foreground, string>> {
    if (!opened.ok) return opened
    const { channel, place } = opened.value
    if (place === null) return { ok: false, fault: 'its terminal has no usable name' }
    const attendant = await AttendantLine.open(
      channels,
      { ...place, leader: 'program' },
      environment,
    )
    if (!attendant.ok) return attendant
    return {
      ok: true,
      value: {
        input: channel.stdin,
        type: bytes => {
          if (channel.stdin.writable) channel.stdin.write(bytes)
        },
        modes: () => attendant.value.modes(),
        hangUp: () => attendant.value.hangUp(),
        resize: ({ columns, rows, widthPixels, heightPixels }) =>
          channel.resize(columns, rows, widthPixels, heightPixels),
        close: () => {
          attendant.value.dismiss()
          channel.close()
        },
      },
    }
  }
}
