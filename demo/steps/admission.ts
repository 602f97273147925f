/** Step 2: the real webhook gets the pod as a cluster would send it, and what it changes is shown. */
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import { DEFAULT_PORT } from '../../sidecar/contract.ts'
import { join } from 'node:path'
import { admit, type Admission } from '../api-server.ts'
import { toDifference, type Note } from '../difference.ts'
import type { Pod } from '../pod.ts'
import { findFreePort } from '../../stand-ins/ports.ts'
import { DEFAULT_REGION, type Stage } from '../stage.ts'
import { startWebhook } from '../webhook-process.ts'

/** For somebody who sees a chain pod for the first time. */
const NOTES: readonly Note[] = [
  { line: /name: AWS_CONTAINER_CREDENTIALS_FULL_URI\b/u, note: 'Where every AWS SDK asks, ...' },
  {
    line: /name: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\b/u,
    note: '... and what it shows there: a token that is good for nothing else.',
  },
  {
    line: /name: AWS_CONFIG_FILE\b/u,
    note: 'Several targets: each is a profile of its name, in a file that the sidecar writes.',
  },
  {
    line: /name: AWS_EC2_METADATA_DISABLED\b/u,
    note: "If something is wrong, it fails; it never becomes the node's role.",
  },
  {
    line: /- name: rolechain-sts-token$/u,
    note: 'The token that STS takes. Only the sidecar mounts it.',
  },
  {
    line: /- name: rolechain-token-\S+$/u,
    note: 'The token that the endpoint takes, made and rotated by the kubelet.',
  },
  {
    line: /name: rolechain-state, emptyDir/u,
    note: 'In memory: a sidecar that crashes comes back with its sessions.',
  },
  {
    line: /name: rolechain-profiles, emptyDir/u,
    note: 'In memory too: that file, and the program that a profile runs. Nothing in it is secret.',
  },
  {
    line: /name: rolechain-sidecar$/u,
    note: 'A native sidecar: starts before everything else, walks the chain, serves credentials.',
  },
  { line: /name: ROLECHAIN_CONFIG$/u, note: 'The chain, as it was checked at admission.' },
  {
    line: /startupProbe:$/u,
    note: 'The gate: nothing after it starts before there are credentials.',
  },
  {
    line: /name: AWS_ROLE_ARN\b/u,
    note: "The service account's own role: no target is asked for.",
  },
]

/** Returns the pod as the kubelet gets it, or nothing where the webhook does not let it in. */
export async function showAdmission(stage: Stage, awsUrl: string): Promise<Pod | undefined> {
  const { narrator, manifest, folder, journal, defer } = stage
  narrator.step('The webhook sees the pod')
  const kubernetes = await startKubernetes({
    serviceAccounts: [
      { namespace: manifest.namespace, name: manifest.serviceAccountName },
      ...manifest.serviceAccounts,
    ],
  })
  defer(() => kubernetes.stop())
  const webhook = await startWebhook({
    folder,
    journal,
    region: DEFAULT_REGION,
    kubeconfig: kubernetes.writeKubeconfig(join(folder, 'kubeconfig')),
    configuration: {
      region: DEFAULT_REGION,
      sidecar: {
        image: 'example.com/rolechain-sidecar:demo',
        port: await findFreePort(DEFAULT_PORT),
        stsEndpoint: awsUrl,
        allowHttpSts: true,
      },
    },
  })
  defer(() => webhook.stop())
  narrator.say(
    [
      `The real webhook, a process of its own (pid ${webhook.pid}), with TLS and a Kubernetes API. It gets an`,
      `AdmissionReview for ${toOwner(manifest)}, and answers:`,
      '',
    ].join('\n'),
  )
  const admission = await admit(manifest, webhook)
  return showAnswer(narrator, admission)
}

function toOwner({ kind, namespace, name }: Stage['manifest']): string {
  const owner = `${kind} ${namespace}/${name}`
  return kind === 'Pod' ? owner : `the pod of ${owner}`
}

function showAnswer(narrator: Stage['narrator'], admission: Admission): Pod | undefined {
  if (admission.kind === 'admitted') {
    const difference = toDifference(admission.before, admission.after, {
      colors: narrator.colors,
      notes: NOTES,
    })
    narrator.show(difference === '' ? 'The pod stays as it is.' : difference)
    narrator.show('')
  }
  for (const [key, value] of Object.entries(admission.auditAnnotations)) {
    narrator.say(`audit annotation ${key}: ${value}`)
  }
  for (const warning of admission.warnings) narrator.show(`Warning: ${warning}`)
  if (admission.kind === 'denied') {
    narrator.check(false, 'The webhook lets the pod in.', admission.message)
    return undefined
  }
  narrator.check(true, 'The webhook lets the pod in.')
  return admission.pod
}
