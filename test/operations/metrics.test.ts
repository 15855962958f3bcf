import assert from 'node:assert/strict'
import { createMetrics } from '../../server/operations/metrics.ts'

describe('createMetrics', () => {
  it('counts what happened, in words that Prometheus reads', async () => {
    const metrics = createMetrics()
    metrics.watchLiveSessions(() => 1)
    metrics.decided('deny')
    metrics.refused('no-grant')
    metrics.repaired('ping')
    metrics.judged(4)
    metrics.committed(4)
    metrics.answered(404, 3)
    metrics.watchSpoolBytes(() => 4096)
    metrics.watchQueueDepth('decisions', () => 7)
    const { text, contentType } = await metrics.page()
    assert.match(contentType, /^text\/plain; version=0\.0\.4/)
    for (const line of [
      'sallyport_sessions_live 1',
      'sallyport_decisions_total{verdict="deny"} 1',
      'sallyport_refusals_total{reason="no-grant"} 1',
      'sallyport_ssh2_repairs_total{repair="ping"} 1',
      'sallyport_judge_seconds_bucket{le="0.005"} 1',
      'sallyport_commit_seconds_count 1',
      'sallyport_http_seconds_count{status="4xx"} 1',
      'sallyport_spool_bytes 4096',
      'sallyport_queue_decisions_depth 7',
    ]) {
      assert.ok(text.split('\n').includes(line), line)
    }
  })

  it('reads depths anew at each scrape', async () => {
    const metrics = createMetrics()
    let bytes = 1
    metrics.watchSpoolBytes(() => bytes)
    await metrics.page()
    bytes = 2
    assert.match((await metrics.page()).text, /^sallyport_spool_bytes 2$/m)
  })

  it('does not grow with what others name', async () => {
    const metrics = createMetrics()
    for (let count = 0; count < 5000; count += 1) metrics.refused(`reason-${count}`)
    const { text } = await metrics.page()
    assert.equal(text.match(/^sallyport_refusals_total/gm)?.length, 101)
    assert.match(text, /^sallyport_refusals_total\{reason="other"\} 4900$/m)
  })

  it('keeps two sets apart', async () => {
    const one = createMetrics()
    one.decided('allow')
    createMetrics().decided('allow')
    assert.match((await one.page()).text, /^sallyport_decisions_total\{verdict="allow"\} 1$/m)
  })
})
