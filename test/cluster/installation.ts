/** Installs the chart as an operator would, with a certificate of their own (`files`). */
import { makePair } from '../../webhook/io/x509.ts'
import { run } from './command.ts'
import { IMAGES } from './images.ts'

export const RELEASE = 'rolechain'
export const NAMESPACE = 'rolechain-system'

const SECRET = 'rolechain-tls'
const dayMs = 86_400_000

function splitImage(image: string): { repository: string; tag: string } {
  const at = image.lastIndexOf(':')
  return { repository: image.slice(0, at), tag: image.slice(at + 1) }
}

function toValues(caBundle: string, awsUrl: string): object {
  return {
    image: splitImage(IMAGES.webhook),
    certificates: { mode: 'files', files: { secretName: SECRET, caBundle } },
    parity: { defaultRegion: 'us-east-1' },
    configuration: {
      region: 'us-east-1',
      sidecar: { image: IMAGES.sidecar, stsEndpoint: awsUrl, allowHttpSts: true },
    },
  }
}

/** Installs it into a namespace of its own under Pod Security `restricted`, and returns when the webhook is ready. */
export async function install(
  env: Readonly<Record<string, string>>,
  awsUrl: string,
): Promise<void> {
  const { certificate, key, authority } = await makePair({
    dnsName: `${RELEASE}.${NAMESPACE}.svc`,
    nowMs: Date.now(),
    lifeMs: dayMs,
  })
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: NAMESPACE,
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: SECRET, namespace: NAMESPACE },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
  ]
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  await run(['kubectl', 'apply', '-f', '-'], { env, input: list })
  const command = `helm upgrade --install ${RELEASE} charts/rolechain --namespace ${NAMESPACE} --values - --wait --timeout 120s`
  await run(command.split(' '), { env, input: JSON.stringify(toValues(authority, awsUrl)) })
}

/** Removes what {@link install} made. */
export async function uninstall(env: Readonly<Record<string, string>>): Promise<void> {
  await run(['helm', 'uninstall', RELEASE, '--namespace', NAMESPACE, '--wait'], { env })
  await run(['kubectl', 'delete', 'namespace', NAMESPACE], { env })
}
