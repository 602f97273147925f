/** The shape of log lines, and that a program's registry is all that can be logged. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog, type EventKind, type LogSink } from '../../log/log.ts'

const EVENTS = {
  quiet: { level: 'debug', means: 'Nobody has to know.' },
  done: { level: 'info', means: 'Something was done.' },
  refused: { level: 'warn', means: 'Something was refused.' },
  broken: { level: 'error', means: 'Something broke.' },
} as const satisfies Record<string, EventKind>

function collect(level: LogSink['level'] = 'debug') {
  const lines: string[] = []
  const log = createLog(EVENTS, { write: (line) => lines.push(line), nowMs: () => 1000, level })
  return {
    log,
    lines,
    read: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

describe('the log', () => {
  it('is one JSON line an event: time, level, event, message, and then what else is known', () => {
    const { log, lines } = collect()
    log('refused', 'two\nlines', { target: 'default', hop: undefined, status: 403 })
    assert.deepEqual(lines, [
      '{"time":"1970-01-01T00:00:01.000Z","level":"warn","event":"refused","message":"two\\nlines","target":"default","status":403}\n',
    ])
  })

  it('drops what is below its level, which the event says', () => {
    const { log, read } = collect('warn')
    log('quiet', 'not said')
    log('done', 'not said')
    log('refused', 'said')
    log('broken', 'said')
    assert.deepEqual(
      read().map(({ event, level }) => [event, level]),
      [
        ['refused', 'warn'],
        ['broken', 'error'],
      ],
    )
  })

  it('cuts long values, and lists where they become long', () => {
    const { log, lines, read } = collect()
    const long = 'x'.repeat(1_000_000)
    log('done', long, {
      problem: long,
      warnings: Array.from({ length: 64 }, () => 'y'.repeat(256)),
    })
    assert.ok((lines[0]?.length ?? 0) < 16 * 1024)
    const [{ message = '', problem = '', warnings = [] } = {}] = read()
    assert.match(String(message), /^x{4095}…$/)
    assert.match(String(problem), /^x{4095}…$/)
    assert.deepEqual(
      warnings,
      Array.from({ length: 16 }, () => 'y'.repeat(256)),
    )
  })

  it('takes no event but those of its registry, and no field in place of its own', () => {
    const { log, lines } = collect()
    // tsc checks that these are errors: without one, the directive is.
    // @ts-expect-error an event that is not in the registry
    assert.throws(() => log('free_form', 'said'))
    // @ts-expect-error a sentence in place of an event
    assert.throws(() => log(`The sidecar starts.`, 'said'))
    // @ts-expect-error a field with the name of one of the line's own
    log('done', 'said', { level: 'debug' })
    // @ts-expect-error a value that is no text, number or list of texts: nobody knows what is in it
    log('done', 'said', { error: new Error('secret') })
    assert.equal(lines.length, 2)
  })
})
