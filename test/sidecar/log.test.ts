/** The shape of log lines. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from '../../sidecar/log.ts'

describe('the log', () => {
  it('is one JSON line an event, from its level on', () => {
    const lines: string[] = []
    const log = createLog('warn', (line) => lines.push(line))
    log.debug('quiet', 'not said')
    log.info('quiet', 'not said')
    log.warn('refused', 'two\nlines', { target: 'default', hop: undefined })
    log.error('broken', 'said')
    assert.equal(lines.length, 2)
    const [first = ''] = lines
    assert.equal(first.indexOf('\n'), first.length - 1)
    const { time, ...rest } = JSON.parse(first) as Record<string, unknown>
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual(rest, {
      level: 'warn',
      event: 'refused',
      message: 'two\nlines',
      target: 'default',
    })
  })
})
