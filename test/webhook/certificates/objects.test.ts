import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificateObjects } from '../../../webhook/certificates/objects.ts'
import { startCluster } from '../kubernetes/cluster-of-a-test.ts'

test('webhooks that call another Service, or a URL as those of EKS do, are not ours', async (context) => {
  const { kubernetes, api } = await startCluster(context)
  const service = { namespace: 'eks', name: 'pod-identity-webhook' }
  const webhooks = [
    { name: 'eks', clientConfig: { url: 'https://127.0.0.1:23443/mutate', caBundle: 'eA==' } },
    { name: 'other', clientConfig: { service: { ...service, name: 'other' } } },
    { name: 'elsewhere', clientConfig: { service: { ...service, namespace: 'other' } } },
    { name: 'ours', clientConfig: { service } },
  ]
  kubernetes.objects.apply(
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook',
    { metadata: { name: 'pod-identity-webhook' }, webhooks },
  )
  const names = {
    namespace: 'eks',
    secret: 'pod-identity-webhook',
    configuration: 'pod-identity-webhook',
    service: 'pod-identity-webhook',
  }
  const { entries } = await createCertificateObjects(
    api,
    names,
    new AbortController().signal,
  ).read()
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['ours'],
  )
})
