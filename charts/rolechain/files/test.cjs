// Asks the API server for a pod with a target role, as a dry run, and says whether the webhook has judged it; and asks every webhook whether
// it uses the configuration of this release. Asks again for a minute: `helm install` returns before the webhooks are ready, unless it is
// told to wait.
const { readFileSync } = require('node:fs')

const { NAMESPACE, ANNOTATION, CONFIGURATION, SELECTOR, METRICS_PORT, CHECKSUM } = process.env
const API = 'https://kubernetes.default.svc/api/v1'
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
async function askForPod() {
  const answer = await askApi(`namespaces/${NAMESPACE}/pods?dryRun=All`, pod)
  const added = answer.spec?.initContainers?.some(({ name }) => name === 'rolechain-sidecar')
  if (added) return 'The webhook gave the pod its sidecar.'
  if (/^admission webhook "[^"]+" denied the request/.test(answer.message ?? ''))
    return `The webhook judged the pod, and refuses it here: ${answer.message}`
  throw new Error(
    answer.message ??
      `The pod came back without sidecar. See \`kubectl get mutatingwebhookconfiguration ${CONFIGURATION}\` and the webhook's log.`,
  )
}

/** The same for the configuration of each webhook. */
async function askWebhooks() {
  const { items, message } = await askApi(
    `namespaces/${NAMESPACE}/pods?labelSelector=${encodeURIComponent(SELECTOR)}`,
  )
  if (items === undefined) throw new Error(`The webhooks cannot be listed: ${message}`)
  const webhooks = items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(status.phase),
  )
  if (webhooks.length === 0) throw new Error('No webhook runs.')
  const found = await Promise.all(webhooks.map(findProblem))
  const problems = found.filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new Error(problems.join(' '))
  return `Each webhook (${webhooks.length}) uses the configuration of this release.`
}

/** What keeps a webhook from using the configuration; undefined when it does. */
async function findProblem({ metadata, status }) {
  const log = `See \`kubectl logs ${metadata.name} --namespace ${NAMESPACE}\`.`
  if (!status.podIP) return `${metadata.name} has not started. ${log}`
  const host = status.podIP.includes(':') ? `[${status.podIP}]` : status.podIP
  try {
    const answer = await fetch(`http://${host}:${METRICS_PORT}/metrics`, {
      signal: AbortSignal.timeout(5000),
    })
    const metrics = await answer.text()
    return metrics.includes(`rolechain_webhook_configuration_info{sha256="${CHECKSUM}"} 1`)
      ? undefined
      : `${metadata.name} uses another configuration than the one of this release. ${log}`
  } catch (error) {
    return `${metadata.name} does not tell which configuration it uses, at ${host}:${METRICS_PORT}: ${why(error)}. ${log}`
  }
}

/** The answer of the API server, to a POST where there is a body. */
async function askApi(path, body) {
  const response = await fetch(`${API}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  })
  return response.json()
}

function why(error) {
  return error.cause?.message ?? error.message
}

async function ask() {
  return `${await askForPod()} ${await askWebhooks()}`
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
    process.stderr.write(`The test failed: ${why(error)}\n`)
    process.exitCode = 1
  },
)
