/** The whole sidecar as a process, against the strict AWS: what a pod sees from its first second to its last. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../stand-ins/ports.ts'
import { STATE_FOLDER } from '../../sidecar/contract.ts'
import { childrenOf, isRunning, type PodStage, startPodStage, type Variables } from './pod-stage.ts'
import { base, target } from './stage.ts'
import { until } from './until.ts'

const TOKEN = 'token-of-default'

let pod: PodStage | undefined

/** Starts a stage that ends with the test. */
async function prepare(...given: Parameters<typeof startPodStage>): Promise<PodStage> {
  pod = await startPodStage(...given)
  return pod
}

afterEach(async () => {
  await pod?.stop()
  pod = undefined
})

/** Who a program with an unmodified SDK and only this env is. */
async function whoAmI(variables: Variables): Promise<string> {
  const program = `
    import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
    const { Arn } = await new STSClient().send(new GetCallerIdentityCommand())
    process.stdout.write(Arn)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: variables,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text(child.stdout)
}

describe('the sidecar', () => {
  it('makes an unmodified SDK the role of its target, and nobody else', async () => {
    const stage = await prepare({ default: [base, target], first: [base] })
    const sidecar = stage.start()
    await stage.askUntilServed('default', TOKEN)
    await stage.askUntilServed('first', 'token-of-first')
    const AWS_ENDPOINT_URL_STS = stage.aws.url
    assert.equal(
      await whoAmI({ ...stage.containerVariables('default'), AWS_ENDPOINT_URL_STS }),
      'arn:aws:sts::222222222222:assumed-role/reports-reader/team-a.nightly',
    )
    assert.equal(
      await whoAmI({ ...stage.containerVariables('first'), AWS_ENDPOINT_URL_STS }),
      'arn:aws:sts::111111111111:assumed-role/cluster-base/team-a.nightly',
    )
    assert.equal((await stage.ask('first', TOKEN)).status, 401)
    assert.equal((await stage.ask('default', 'token-of-first')).status, 401)
    const { SecretAccessKey = '', Token = '' } = (await stage.ask('default', TOKEN)).body
    const log = sidecar.text()
    for (const secret of [SecretAccessKey, Token, TOKEN]) assert(!log.includes(secret))
    assert(!log.includes(readFileSync(stage.tokenFile, 'utf8')))
  })

  it('answers at once after a crash, with STS down', async () => {
    const stage = await prepare({ default: [base, target] })
    const first = stage.start()
    const held = await stage.askUntilServed('default', TOKEN)
    first.child.kill('SIGKILL')
    await first.ended()
    stage.aws.addFault({ kind: 'error', status: 500, code: 'InternalFailure' })
    stage.start()
    const answer = await until(() => stage.ask('default', TOKEN).catch(() => undefined))
    assert.deepEqual(answer, { status: 200, body: held })
  })

  it('leaves a pod ready that was ready before a crash, also without sessions', async () => {
    const stage = await prepare({ default: [base, target] })
    const first = stage.start()
    assert.equal(await stage.start({ args: ['probe'] }).ended(), 0)
    first.child.kill('SIGKILL')
    await first.ended()
    const stateFile = join(stage.root, STATE_FOLDER, 'state.json')
    const state = JSON.parse(readFileSync(stateFile, 'utf8')) as object
    const sessions = { targets: {}, baseSessions: {} }
    writeFileSync(stateFile, JSON.stringify({ ...state, sessions }))
    stage.aws.addFault({ kind: 'error', status: 500, code: 'InternalFailure' })
    stage.start()
    assert.equal(await stage.start({ args: ['probe'] }).ended(), 0)
    assert.equal((await stage.ask('default', TOKEN)).status, 503)
  })

  it('takes a rotated endpoint token, and goes on to take the old one', async () => {
    const stage = await prepare({ default: [base] })
    stage.start()
    await stage.askUntilServed('default', TOKEN)
    stage.writeEndpointToken('default', 'rotated')
    await stage.askUntilServed('default', 'rotated')
    assert.equal((await stage.ask('default', TOKEN)).status, 200)
  })

  it('takes an endpoint token that was rotated for the first time while no sidecar ran', async () => {
    const stage = await prepare({ default: [base] })
    const first = stage.start()
    await stage.askUntilServed('default', TOKEN)
    first.child.kill('SIGKILL')
    await first.ended()
    stage.writeEndpointToken('default', 'rotated')
    stage.start()
    await stage.askUntilServed('default', TOKEN)
    assert.equal((await stage.ask('default', 'rotated')).status, 200)
  })

  it('serves without a state folder that can be written, and says so', async () => {
    const stage = await prepare({ default: [base, target] })
    mkdirSync(join(stage.root, STATE_FOLDER, 'state.json.next', 'in the way'), { recursive: true })
    const sidecar = stage.start()
    await stage.askUntilServed('default', TOKEN)
    assert.equal(await stage.start({ args: ['probe'] }).ended(), 0)
    assert(sidecar.events().includes('state_not_saved'))
  })

  it('serves with few open files, although more connections stand than there are files', async () => {
    const stage = await prepare({ default: [base, target] })
    const mend = stage.aws.addFault({ kind: 'error', status: 500, code: 'InternalFailure' })
    const sidecar = stage.start({ launcher: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] })
    await until(() => (sidecar.events().includes('refresh_failed') ? true : undefined))
    const sockets = Array.from({ length: 200 }, () => connect(stage.port, '127.0.0.1'))
    for (const socket of sockets) socket.on('error', () => undefined)
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    mend()
    // The child, the token file and the state file each need some.
    stage.writeEndpointToken('default', 'rotated')
    await stage.askUntilServed('default', 'rotated')
    assert.equal(await stage.start({ args: ['probe'] }).ended(), 0)
    assert(!sidecar.events().includes('state_not_saved'))
    for (const socket of sockets) socket.destroy()
  })

  it('tells its metrics on the port that was asked for', async () => {
    const metricsPort = await findFreePort()
    const stage = await prepare({ default: [base, target] }, { metricsPort })
    stage.start()
    await stage.askUntilServed('default', TOKEN)
    const answer = await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)
    assert.match(await answer.text(), /refreshes_total\{target="default",outcome="success"\} 1/)
  })

  it('ends with its child, at once, when it is told to', async () => {
    const stage = await prepare({ default: [base, target] })
    stage.aws.addFault({ kind: 'delay', delayMs: 60_000 })
    const sidecar = stage.start()
    const { pid = 0 } = sidecar.child
    const [child] = await until(() => {
      const children = childrenOf(pid)
      return children.length > 0 ? children : undefined
    })
    sidecar.child.kill('SIGTERM')
    assert.equal(await sidecar.ended(), 0)
    // By itself the child would end too, but not before its calls have timed out.
    for (let look = 0; look < 400 && isRunning(child); look += 1) await delay(5)
    assert(!isRunning(child))
    assert.equal(sidecar.events().at(-1), 'stopped')
  })
})
