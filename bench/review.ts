/** Admission reviews of a given size, of a pod as a Deployment makes it. */

interface ReviewWish {
  readonly namespace: string
  /** `reporter` unless told. */
  readonly serviceAccount?: string
  readonly sizeBytes: number
  /** Whether the pod names a target role. */
  readonly isChain: boolean
}

/** The body of a review; env variables fill it up to its size. */
export function makeReview(wish: ReviewWish): string {
  const env: { name: string; value: string }[] = []
  const review = toReview(wish, env)
  while (JSON.stringify(review).length < wish.sizeBytes) {
    env.push({ name: `SETTING_${env.length}`, value: 'a value as applications have them' })
  }
  return JSON.stringify(review)
}

function container(name: string) {
  return {
    name,
    image: `registry.example/team/${name}:1.2.3`,
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  }
}

function toReview(
  { namespace, serviceAccount = 'reporter', isChain }: ReviewWish,
  env: readonly object[],
) {
  const annotations = {
    'prometheus.io/scrape': 'true',
    ...(isChain && {
      'rolechain.io/target-role-arn': 'arn:aws:iam::222222222222:role/reports-reader',
      'rolechain.io/region': 'eu-west-1',
    }),
  }
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '0df28fbd-5f5f-11e8-bc74-36e6bb280816',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          generateName: 'nightly-7d9c5b8f4-',
          namespace,
          annotations,
          labels: { app: 'nightly', 'pod-template-hash': '7d9c5b8f4' },
        },
        spec: {
          serviceAccountName: serviceAccount,
          initContainers: [container('migrate')],
          containers: [{ ...container('app'), env }, container('logs')],
          volumes: [{ name: 'tmp', emptyDir: {} }],
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          tolerations: [
            { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
          ],
        },
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  }
}
