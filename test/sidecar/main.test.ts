/** The program's arguments, its configuration, and what a crash prints. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { type PodStage, startPodStage } from './pod-stage.ts'
import { base } from './stage.ts'

let pod: PodStage | undefined

/** Starts a stage that ends with the test. */
async function prepare(): Promise<PodStage> {
  pod = await startPodStage({ default: [base] })
  return pod
}

afterEach(async () => {
  await pod?.stop()
  pod = undefined
})

describe('the program', () => {
  it('tells all problems of its configuration, and ends', async () => {
    const stage = await prepare()
    const sidecar = stage.start({ variables: { ROLECHAIN_CONFIG: '{}', AWS_REGION: 'x' } })
    assert.equal(await sidecar.ended(), 1)
    assert.deepEqual(
      sidecar.events(),
      Array.from({ length: 3 }, () => 'configuration_invalid'),
    )
    assert.match(sidecar.text(), /targets: is missing[^]*port: is missing[^]*AWS_REGION: /)
  })

  it('knows no command but probe', async () => {
    const stage = await prepare()
    const sidecar = stage.start({ args: ['prove'] })
    assert.equal(await sidecar.ended(), 1)
    assert.deepEqual(sidecar.events(), ['unknown_command'])
  })

  for (const [name, crash] of [
    ['an exception', "setTimeout(() => { throw new TypeError('boom') }, 400)"],
    ['a rejection', "setTimeout(() => Promise.reject(new TypeError('boom')), 400)"],
  ] as const) {
    it(`prints one JSON line when it crashes by ${name}`, async () => {
      const stage = await prepare()
      const once = `data:text/javascript,if (process.argv[1].endsWith('main.cjs')) ${crash}`
      const sidecar = stage.start({ runtimeArgs: [`--import=${encodeURI(once)}`] })
      assert.equal(await sidecar.ended(), 1)
      const lines = sidecar.text().trimEnd().split('\n')
      assert(lines.every((line) => typeof JSON.parse(line) === 'object'))
      assert.equal(sidecar.events().filter((event) => event === 'crashed').length, 1)
      assert.match(lines.at(-1) ?? '', /TypeError: boom/)
    })
  }

  it('quotes nothing of what it could not parse', async () => {
    const stage = await prepare()
    const program = 'setTimeout(() => JSON.parse(process.env.UNPARSED), 400)'
    const sidecar = stage.start({
      variables: { UNPARSED: 'ASIASECRET' },
      runtimeArgs: [`--import=${encodeURI(`data:text/javascript,${program}`)}`],
    })
    assert.equal(await sidecar.ended(), 1)
    assert(!sidecar.text().includes('ASIASECRET'))
  })
})
