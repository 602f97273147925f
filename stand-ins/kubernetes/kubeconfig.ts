/** A kubeconfig for the API double. */
import { stringify } from 'yaml'

export function toKubeconfig(api: { url: string; ca: string; token: string }): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'double',
        cluster: {
          server: api.url,
          'certificate-authority-data': Buffer.from(api.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'webhook', user: { token: api.token } }],
    contexts: [{ name: 'double', context: { cluster: 'double', user: 'webhook' } }],
    'current-context': 'double',
  })
}
