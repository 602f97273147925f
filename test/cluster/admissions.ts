/** Pods that ask for a target, sent to the API server one after the other while something happens to the webhook. */
import assert from 'node:assert/strict'
import { startProxy } from './proxy.ts'
import { ROLES } from './world.ts'

/** As many as keep both replicas busy, and leave a small machine something for the rest. */
const AT_ONCE = 3

const POD = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: 'probe-',
    annotations: { 'rolechain.io/target-role-arn': ROLES.direct },
  },
  spec: { containers: [{ name: 'app', image: 'none' }] },
})

/** Sends a pod as a dry run; undefined when it came back with its sidecar. */
async function tryPod(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/v1/namespaces/default/pods?dryRun=All`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: POD,
  })
  const text = await answer.text()
  return answer.ok && text.includes('rolechain-sidecar') ? undefined : text
}

/** Runs `scenario` while pods are sent, and fails when one of them was refused or got no sidecar. */
export async function admitsAllDuring(scenario: () => Promise<void>): Promise<void> {
  const proxy = await startProxy()
  const failures: string[] = []
  const ending = new AbortController()
  let admitted = 0
  const send = async () => {
    while (!ending.signal.aborted) {
      const failure = await tryPod(proxy.url).catch(String)
      if (failure === undefined) admitted++
      else failures.push(`${new Date().toISOString()} ${failure}`)
    }
  }
  const sending = Promise.all(Array.from({ length: AT_ONCE }, send))
  try {
    await scenario()
  } finally {
    ending.abort()
    await sending
    proxy.stop()
  }
  assert.deepEqual(failures.slice(0, 5), [], `${failures.length} of ${admitted} pods`)
  assert.ok(admitted > 0)
}
