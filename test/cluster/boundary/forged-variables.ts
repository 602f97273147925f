/** A sidecar that is told something else: other variables, lies about its pod, other roles. */
import type { Change, Forgeries, Rule } from './rules.ts'
import { ROLES } from '../world.ts'

const SIDECAR = '/spec/initContainers/=rolechain-sidecar'
const ENV = `${SIDECAR}/env`
const more = (path: string, value: unknown): Change => ['add', `${path}/-`, value]
const variable = (name: string, rest: object): Change => more(ENV, { name, ...rest })
const FROM_MAP = { configMapKeyRef: { name: 'mine', key: 'x' } }
const annotation = (name: string) => ({
  fieldRef: { fieldPath: `metadata.annotations['${name}']` },
})

/** By rule. */
export const FORGED_VARIABLES: Readonly<
  Record<
    Extract<Rule, 'variables' | 'fromPod' | 'literals' | 'values' | 'written' | 'roles'>,
    Forgeries
  >
> = {
  variables: {
    'code for Node': [variable('NODE_OPTIONS', { value: '--require=/proc/1/root/x.js' })],
    'a library': [variable('LD_PRELOAD', { value: '/x.so' })],
    'certificates for Node': [variable('NODE_EXTRA_CA_CERTS', { value: '/x.pem' })],
    'no verification': [variable('NODE_TLS_REJECT_UNAUTHORIZED', { value: '0' })],
    'another root folder': [variable('ROLECHAIN_ROOT_FOLDER', { value: '/tmp' })],
    'a proxy': [variable('HTTPS_PROXY', { value: 'http://evil.example' })],
    certificates: [variable('ROLECHAIN_CA_BUNDLE', { value: '-----BEGIN CERTIFICATE-----' })],
    'the roles twice': [variable('ROLECHAIN_ROLES', { value: `${ROLES.base} ${ROLES.reports}` })],
    'the configuration twice': [variable('ROLECHAIN_CONFIG', { value: '{}' })],
    'an agent of EKS Pod Identity': [
      variable('AWS_CONTAINER_CREDENTIALS_FULL_URI', {
        value: 'http://169.254.170.23/v1/credentials',
      }),
    ],
    'the endpoint twice': [variable('AWS_ENDPOINT_URL_STS', { valueFrom: FROM_MAP })],
  },
  fromPod: {
    'a namespace that is written': [
      ['replace', `${ENV}/=POD_NAMESPACE`, { name: 'POD_NAMESPACE', value: 'payroll' }],
    ],
    'a service account from an annotation': [
      ['replace', `${ENV}/=SERVICE_ACCOUNT/valueFrom`, annotation('x')],
    ],
    'a name from a ConfigMap': [['replace', `${ENV}/=POD_NAME/valueFrom`, FROM_MAP]],
    'a uid that is the name': [
      ['replace', `${ENV}/=POD_UID/valueFrom/fieldRef/fieldPath`, 'metadata.name'],
    ],
    'a node that is written': [['replace', `${ENV}/=NODE_NAME`, { name: 'NODE_NAME', value: 'x' }]],
  },
  literals: {
    'another endpoint': [['replace', `${ENV}/=AWS_ENDPOINT_URL_STS/value`, 'https://evil.example']],
    'an endpoint from a ConfigMap': [
      [
        'replace',
        `${ENV}/=AWS_ENDPOINT_URL_STS`,
        { name: 'AWS_ENDPOINT_URL_STS', valueFrom: FROM_MAP },
      ],
    ],
    'an endpoint that is made of others': [
      ['replace', `${ENV}/=AWS_ENDPOINT_URL_STS/value`, 'https://$(POD_NAME).example'],
    ],
    'no endpoint': [['remove', `${ENV}/=AWS_ENDPOINT_URL_STS`]],
  },
  values: {
    'a configuration from a ConfigMap': [
      ['replace', `${ENV}/=ROLECHAIN_CONFIG`, { name: 'ROLECHAIN_CONFIG', valueFrom: FROM_MAP }],
    ],
    'roles from an annotation': [
      [
        'replace',
        `${ENV}/=ROLECHAIN_ROLES`,
        { name: 'ROLECHAIN_ROLES', valueFrom: annotation('x') },
      ],
    ],
    'no roles': [['remove', `${ENV}/=ROLECHAIN_ROLES`]],
    'a region that is a host': [['replace', `${ENV}/=AWS_REGION/value`, 'x.evil.example/']],
    'a region from a ConfigMap': [
      ['replace', `${ENV}/=AWS_REGION`, { name: 'AWS_REGION', valueFrom: FROM_MAP }],
    ],
  },
  written: {
    'a role that is made of others': [
      ['replace', `${ENV}/=ROLECHAIN_ROLES/value`, 'arn:aws:iam::444444444444:role/$(POD_NAME)'],
    ],
    'a role with something else in it': [
      ['replace', `${ENV}/=ROLECHAIN_ROLES/value`, 'arn:aws:iam::444444444444:role/x\ty'],
    ],
  },
  roles: {
    'a role that is not listed': [
      ['replace', `${ENV}/=ROLECHAIN_ROLES/value`, `${ROLES.base} ${ROLES.payroll}`],
    ],
    'a first role that is not listed': [
      ['replace', `${ENV}/=ROLECHAIN_ROLES/value`, `${ROLES.direct} ${ROLES.reports}`],
    ],
    'one in a second chain': [
      [
        'replace',
        `${ENV}/=ROLECHAIN_ROLES/value`,
        `${ROLES.base} ${ROLES.reports}\n${ROLES.direct}`,
      ],
    ],
    'a role with more in front': [
      ['replace', `${ENV}/=ROLECHAIN_ROLES/value`, `${ROLES.reports}-2`],
    ],
    'a longer name in a second chain': [
      [
        'replace',
        `${ENV}/=ROLECHAIN_ROLES/value`,
        `${ROLES.base} ${ROLES.reports}\n${ROLES.base}2`,
      ],
    ],
    'another service account': [['replace', '/spec/serviceAccountName', 'default']],
  },
}
