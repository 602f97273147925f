/** Installs the chart as an operator would, with the values that the suite's images and its AWS need. */
import { run } from './command.ts'
import { IMAGES } from './images.ts'

export const RELEASE = 'rolechain'
export const NAMESPACE = 'rolechain-system'
/** Of the mutating and of the validating webhook configuration. */
export const CONFIGURATION = 'pod-credentials-rolechain'

/** Values of the chart, as far as scenarios change them. */
export interface ChartValues {
  readonly certificates?: object
  readonly podAnnotations?: Readonly<Record<string, string>>
  /** Settings of the sidecar on top of the suite's. */
  readonly sidecar?: object
}

function splitImage(image: string): { repository: string; tag: string } {
  const at = image.lastIndexOf(':')
  return { repository: image.slice(0, at), tag: image.slice(at + 1) }
}

/** What is installed, with `values` in place of the chart's own. */
export function toValues(
  awsUrlInPods: string,
  { sidecar = {}, ...values }: ChartValues = {},
): object {
  return {
    image: splitImage(IMAGES.webhook),
    parity: { defaultRegion: 'us-east-1' },
    configuration: {
      region: 'us-east-1',
      sidecar: { image: IMAGES.sidecar, stsEndpoint: awsUrlInPods, allowHttpSts: true, ...sidecar },
    },
    ...values,
  }
}

export interface InstallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly parameters?: readonly string[]
}

const here = ['--namespace', NAMESPACE]

/** Makes the namespace of the installation, under Pod Security `restricted`; changes nothing when it is there. */
export async function makeNamespace(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }
  await run(['kubectl', 'apply', '-f', '-'], { env, input: JSON.stringify(namespace) })
}

/** Installs or upgrades, and returns when every webhook is ready. `parameters` are more of helm's. */
export async function install(
  values: object,
  { env = {}, parameters = [] }: InstallOptions = {},
): Promise<void> {
  const command = ['helm', 'upgrade', '--install', RELEASE, 'charts/rolechain', ...here]
  await run([...command, '--values=-', '--wait', '--timeout=120s', ...parameters], {
    env,
    input: JSON.stringify(values),
  })
}

/** Removes the release, and returns when its objects are gone. */
export async function uninstall(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await run(['helm', 'uninstall', RELEASE, ...here, '--wait'], { env })
}
