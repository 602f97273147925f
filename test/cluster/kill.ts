/**
 * Kills processes in pods as a crash would, by a pod that sees the node's processes: nobody inside a container can kill
 * its first process.
 */
import assert from 'node:assert/strict'
import { appContainer, applied, type KubernetesObject, type Place } from './suite.ts'

const NAME = 'killer'

/** Sees the node's processes, and may send signals to those of other users. */
function killer(): KubernetesObject {
  const idle = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)'
  const container = {
    ...appContainer({ name: NAME }),
    command: ['/nodejs/bin/node', '--eval', idle],
    securityContext: { runAsUser: 0 },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, annotations: { 'rolechain.io/inject': 'false' } },
    spec: { hostPID: true, containers: [container], terminationGracePeriodSeconds: 1 },
  }
}

/** Container runtimes write the pod's UID into the name of its cgroup, some with underscores. */
const FIND = `
const { readdirSync, readFileSync } = require('node:fs')
const [, uid, program] = process.argv
const read = (pid, file) => { try { return readFileSync('/proc/' + pid + '/' + file, 'utf8') } catch { return '' } }
const isOfPod = (pid) => read(pid, 'cgroup').replaceAll('_', '-').includes(uid)
const pids = readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && isOfPod(name) && read(name, 'cmdline').includes(program))
`

const KILL = `
for (const pid of pids) process.kill(Number(pid), 'SIGKILL')
console.log(pids.length)
`

/** What others may read of a process too. */
const MEASURE = `
const kib = (pid) => Number(/^RssAnon:\\s+(\\d+) kB$/m.exec(read(pid, 'status'))?.[1] ?? 0)
console.log(Math.max(0, ...pids.map(kib)))
`

/** Kills every process of a pod whose command line has `program` in it. */
export async function killIn(place: Place, pod: string, program: string): Promise<void> {
  const killed = await runOnNode(place, FIND + KILL, { pod, program })
  assert.ok(killed > 0, `there is no process ${program} in ${pod}`)
}

/**
 * Anonymous memory of the process of a pod whose command line has `program` in it, in KiB; of the largest of several.
 */
export async function measureIn(place: Place, pod: string, program: string): Promise<number> {
  const kib = await runOnNode(place, FIND + MEASURE, { pod, program })
  assert.ok(kib > 0, `there is no process ${program} in ${pod}`)
  return kib
}

async function runOnNode(
  place: Place,
  script: string,
  { pod, program }: { readonly pod: string; readonly program: string },
): Promise<number> {
  await applied(place, killer())
  await place.kubectl('wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=60s')
  const uid = await place.kubectl('get', 'pod', pod, '--output=jsonpath={.metadata.uid}')
  const command = ['/nodejs/bin/node', '--eval', script, uid, program]
  return Number(await place.kubectl('exec', NAME, '--', ...command))
}
