/**
 * The cluster `payments` of the other AWS account: an API server of the kit that authenticates as EKS does, and that
 * pods of the first cluster reach under a name like those of EKS.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startForwarder } from '../cluster/aws.ts'
import { findKit } from '../cluster/cluster.ts'
import { run } from '../cluster/command.ts'
import type { Prepared } from './authenticator.ts'
import { makeAuthority, makeLeaf, readPem } from './certificates.ts'
import type { ClusterFacts } from './world.ts'

const HOST = 'EXAMPLEA1B2C3.gr7.us-east-1.eks.amazonaws.com'.toLowerCase()

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    resources: [{ group: '', resources: [namespaces, pods] }]
  - level: None
`

/** The running cluster. */
export interface OtherCluster {
  /** Of its administrator. */
  readonly kubeconfig: string
  readonly facts: ClusterFacts
  /** File of the audit log: who listed, got or changed namespaces and pods. */
  readonly auditLog: string
  stop(): Promise<void>
}

/** Starts it, with this authenticator, at port `N` of `hostIp` as of the loopback. */
export async function startOtherCluster(
  { webhookFile }: Prepared,
  hostIp: string,
): Promise<OtherCluster> {
  const kit = findKit()
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-payments-'))
  const pki = join(folder, 'pki')
  await mkdir(pki)
  // The kit takes an authority that is there; so a certificate for the name can be signed before the API server starts.
  const authority = await makeAuthority(pki, 'ca')
  const leaf = await makeLeaf(folder, [HOST], authority)
  const auditLog = join(folder, 'audit.log')
  const auditPolicy = join(folder, 'audit-policy.yaml')
  await writeFile(auditPolicy, AUDIT_POLICY)
  const parameters = [
    `--authentication-token-webhook-config-file=${webhookFile}`,
    '--authentication-token-webhook-cache-ttl=1s',
    `--tls-sni-cert-key=${leaf.certificate},${leaf.key}`,
    `--audit-policy-file=${auditPolicy}`,
    `--audit-log-path=${auditLog}`,
  ].map((parameter) => `--apiserver-arg=${parameter}`)
  const close = async () => {
    await run([join(kit, 'down'), '--dir', folder])
    // The kit leaves what it did not make: certificates and the audit log.
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const up = [join(kit, 'up'), '--nodes', '0', '--dir', folder, ...parameters]
    const kubeconfig = (await run(up, { isVerbose: true })).trim()
    const port = Number(
      /server: "https:\/\/127\.0\.0\.1:(\d+)"/.exec(await readFile(kubeconfig, 'utf8'))?.[1],
    )
    const forwarder = await startForwarder(hostIp, port, port)
    const pem = await readPem(authority)
    return {
      kubeconfig,
      auditLog,
      facts: {
        endpoint: `https://${HOST}:${port}`,
        certificateAuthority: Buffer.from(pem).toString('base64'),
      },
      async stop() {
        await forwarder.stop()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
