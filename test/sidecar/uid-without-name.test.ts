/**
 * The whole sidecar as a uid that `/etc/passwd` does not know, as in a pod with another `sidecar.user`, with
 * `useUserOfPod`, or on OpenShift. Root becomes that uid for this file; anybody else gets it in a user namespace,
 * without which this file fails.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, it } from 'node:test'
import { type PodStage, startPodStage } from './pod-stage.ts'
import { base, target } from './stage.ts'

const UID = 1_000_650_000

let pod: PodStage
let launcher: readonly string[] = []

before(async () => {
  if (process.getuid?.() === 0) {
    process.setgroups?.([])
    process.setgid?.(UID)
    process.setuid?.(UID)
  } else {
    launcher = ['unshare', '--user', `--map-user=${UID}`, `--map-group=${UID}`]
  }
  pod = await startPodStage({ default: [base, target] })
})
after(() => pod.stop())

it('serves credentials, and says so to the gate, as a uid without a name', async () => {
  const whoAmI = 'console.log(process.getuid()); require("node:os").homedir()'
  const [command, ...args] = [...launcher, process.execPath, '--eval', whoAmI]
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: {} })
  assert.equal(stdout, `${UID}\n`, `This test needs root, or util-linux's unshare: ${stderr}`)
  assert.match(stderr, /uv_os_homedir returned ENOENT/)

  pod.start({ launcher })
  const probe = pod.start({ launcher, args: ['probe'] })
  assert.equal(await probe.ended(), 0, probe.text())
  const { status, body } = await pod.ask('default', 'token-of-default')
  assert.equal(status, 200)
  assert.equal(body['AccountId'], '222222222222')
})
