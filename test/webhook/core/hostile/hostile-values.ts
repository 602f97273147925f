/** Pods with single values that are very long, made to keep the webhook busy. */
import { TARGET_ROLE } from '../fixture.ts'
import { filled, many, names, podOf, type Hostile } from './hostile-texts.ts'

const TEXT = 2_000_000
const PROXY = { name: 'HTTPS_PROXY', value: 'http://proxy' }

const app = (fields: object) => ({ containers: [{ name: 'app', ...fields }] })
const withTarget = (spec: object, reason: string): Hostile => ({
  pod: podOf({ 'target-role-arn': TARGET_ROLE }, spec),
  reason,
})

export const HOSTILE_VALUES: Readonly<Record<string, Hostile>> = {
  'hosts that need no proxy': withTarget(
    app({ env: [PROXY, { name: 'NO_PROXY', value: names('h', 65_000) }] }),
    'injected',
  ),
  'short hosts in both spellings': withTarget(
    app({
      env: [
        PROXY,
        { name: 'NO_PROXY', value: filled('a,', 32_000) },
        { name: 'no_proxy', value: filled('b,', 32_000) },
      ],
    }),
    'injected',
  ),
  'hosts that need no proxy, too many': withTarget(
    app({ env: [PROXY, { name: 'NO_PROXY', value: names('h', TEXT) }] }),
    'pod_too_large',
  ),
  'hosts in each container': withTarget(
    {
      containers: many(499, (i) => ({
        name: `d${i}`,
        env: [PROXY, { name: 'NO_PROXY', value: filled('a,', 4000) }],
      })),
    },
    'pod_too_large',
  ),
  'a path of slashes': withTarget(
    app({ volumeMounts: [{ name: 'v', mountPath: `${'/'.repeat(TEXT)}x` }] }),
    'injected',
  ),
  'the name of a container against patterns with stars': withTarget(
    { containers: [{ name: filled('abc', TEXT) }, { name: 'app' }] },
    'injected',
  ),
  'long names of containers in messages': withTarget(
    {
      containers: many(60, (i) => ({
        name: `${i}${filled('a', 45_000)}`,
        env: [{ name: 'AWS_PROFILE', value: 'x' }],
      })),
    },
    'conflict',
  ),
  'a quantity': withTarget(app({ resources: { limits: { cpu: filled('1', TEXT) } } }), 'injected'),
  'a sidecar that nests': withTarget(
    {
      ...app({}),
      initContainers: [
        {
          name: 'rolechain-sidecar',
          env: JSON.parse(`${'['.repeat(99_999)}${']'.repeat(99_999)}`) as unknown,
        },
      ],
    },
    'injected',
  ),
}
