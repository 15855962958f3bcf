/**
 * The judge for other programs: `import { judge, loadPolicy } from 'sallyport/judge'`. The one place that
 * hands on what lies elsewhere, because a package has one door.
 *
 *     const { policy, findings } = loadPolicy(yaml, 'web-operator')
 *     if (policy !== null) judge('tail -n5 /var/log/syslog', { policy, shell: 'bash', … }).verdict
 */
export type { JudgeContext, Judgement, Reason, SeenCommand } from './judgement.ts'
export type { LoadedPolicy } from './load/load-policy.ts'
export type { Policy } from './policy.ts'
export { judge } from './judge.ts'
export { decideTransfer } from './decide-transfer.ts'
export { loadPolicy } from './load/load-policy.ts'
export { STARTERS } from './starters/starters.ts'
