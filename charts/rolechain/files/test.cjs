// Asks the API server for a pod with a target role, as a dry run, and says whether the webhook has judged it. Asks again for a minute:
// `helm install` returns before the webhooks are ready, unless it is told to wait.
const { readFileSync } = require('node:fs')

const { NAMESPACE, ANNOTATION, CONFIGURATION } = process.env
const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8')
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: 'rolechain-test-',
    annotations: { [ANNOTATION]: 'arn:aws:iam::222222222222:role/rolechain-test' },
  },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'none',
        resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
          runAsUser: 65532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
  },
}

const WITHIN_MS = 60_000
const AGAIN_AFTER_MS = 2000

/** The sentence of success; throws what is in its way. */
async function ask() {
  const response = await fetch(
    `https://kubernetes.default.svc/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(pod),
    },
  )
  const answer = await response.json()
  const added = answer.spec?.initContainers?.some(({ name }) => name === 'rolechain-sidecar')
  if (added) return 'The webhook gave the pod its sidecar.'
  if (/^admission webhook "[^"]+" denied the request/.test(answer.message ?? ''))
    return `The webhook judged the pod, and refuses it here: ${answer.message}`
  throw new Error(
    answer.message ??
      `The pod came back without sidecar. See \`kubectl get mutatingwebhookconfiguration ${CONFIGURATION}\` and the webhook's log.`,
  )
}

async function main() {
  const untilMs = Date.now() + WITHIN_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() >= untilMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
  }
}

main().then(
  (sentence) => process.stdout.write(`${sentence}\n`),
  (error) => {
    const why = error.cause?.message ?? error.message
    process.stderr.write(`The webhook did not judge a pod: ${why}\n`)
    process.exitCode = 1
  },
)
