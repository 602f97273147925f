/**
 * EKS's agent on the node of the first cluster, where it is on EKS: at 169.254.170.23, port 80, in the network of the
 * node, so that its pods reach it and nobody else does.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../cluster/command.ts'
import { CI_CLUSTER, NODE_ROLE } from './world.ts'

const ADDRESS = '169.254.170.23'

/** Starts it in the node of the kit's cluster in `clusterFolder`; returns when it listens. */
export async function startAgentOnNode(
  clusterFolder: string,
  awsUrl: string,
): Promise<{ stop(): Promise<void> }> {
  const pid = (await readFile(join(clusterFolder, 'run/node.host-pid'), 'utf8')).trim()
  const inNode = ['nsenter', `--net=/proc/${pid}/ns/net`]
  await run([...inNode, 'ip', 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo'])
  const program = join(import.meta.dirname, '../../stand-ins/pod-identity-agent/main.ts')
  const command = [
    [`--net=/proc/${pid}/ns/net`, process.execPath, program],
    ['--aws', awsUrl, '--cluster', CI_CLUSTER, '--node-role', NODE_ROLE],
    ['--host', ADDRESS, '--port', '80'],
  ]
  const child = spawn('nsenter', command.flat(), { stdio: ['ignore', 'pipe', 'inherit'] })
  // Its first line says that it listens.
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The agent on the node ended with ${String(code)}.`)
    }),
  ])
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
    },
  }
}
