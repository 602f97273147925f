/** Pods of many targets in many containers, made to keep the webhook busy: as many as may be, and more. */
import { TARGET_ROLE } from '../fixture.ts'
import { many, podOf, type Hostile } from './hostile-texts.ts'

const TARGETS = 32
/** With all targets: just as many as may be. */
const CONTAINERS = 32
/** What is read of containers, and of all else. */
const ALL_CONTAINERS = 499
const ENTRIES = 9_900

const name = (index: number) => `t${String(index).padStart(31, '0')}`
const annotations = {
  'on-conflict': 'warn',
  targets: JSON.stringify(
    Object.fromEntries(
      many(TARGETS, (index) => [
        name(index),
        { chain: [{ roleArn: TARGET_ROLE }], default: index === 0, region: 'eu-west-1' },
      ]),
    ),
  ),
}
const withProfiles = (spec: object, reason: string): Hostile => ({
  pod: podOf(annotations, spec),
  reason,
})
const containers = (count: number, fields: object = {}) => ({
  containers: many(count, (index) => ({ name: `d${index}`, ...fields })),
})
const app = (fields: object) => ({ containers: [{ name: 'app', ...fields }] })
const env = (key: string, value: string) =>
  withProfiles(app({ env: many(ENTRIES, () => ({ name: key, value })) }), 'injected')
const mounts = (mount: (index: number) => object) =>
  withProfiles(app({ volumeMounts: many(ENTRIES, mount) }), 'injected')

export const HOSTILE_PROFILES: Readonly<Record<string, Hostile>> = {
  'containers with profiles': withProfiles(containers(CONTAINERS), 'injected'),
  'containers with profiles, one too many': withProfiles(
    containers(CONTAINERS + 1),
    'pod_too_large',
  ),
  'all containers with profiles': withProfiles(containers(ALL_CONTAINERS), 'pod_too_large'),
  'containers with profiles that conflict': withProfiles(
    containers(CONTAINERS, {
      env: many(300, (index) => ({
        name: index % 2 ? 'AWS_PROFILE' : 'AWS_CONFIG_FILE',
        value: 'x',
      })),
    }),
    'injected',
  ),
  'names of profiles': env('AWS_PROFILE', 'x'),
  'config files of ours': env('AWS_CONFIG_FILE', '/opt/rolechain.io/other.config'),
  'options of a JVM that name profiles': withProfiles(
    app({
      env: [{ name: 'JAVA_TOOL_OPTIONS', value: `-Daws.profile=${name(1)} `.repeat(60_000) }],
    }),
    'injected',
  ),
  'an option of a JVM that never ends': withProfiles(
    app({ env: [{ name: 'JAVA_TOOL_OPTIONS', value: `-Daws.profile=${'a'.repeat(2_000_000)}` }] }),
    'injected',
  ),
  'mounts in the folder of profiles': mounts((index) => ({
    name: 'mine',
    mountPath: `/opt/./rolechain.io/${index}`,
  })),
  'mounts in folders of tokens': mounts((index) => ({
    name: 'mine',
    mountPath: `/run/secrets/rolechain.io/${name(index % TARGETS)}/${index}`,
  })),
  'mounts above our folders': mounts((index) => ({
    name: 'mine',
    mountPath: ['/var/run/secrets', '/run', '/opt'][index % 3],
    readOnly: true,
  })),
  'mounts of the volume of profiles': mounts(() => ({
    name: 'rolechain-profiles',
    mountPath: '/x',
  })),
  'mounts that are left from other targets': mounts(() => ({
    name: 'rolechain-token-other',
    mountPath: '/var/run/secrets/rolechain.io/other',
    readOnly: true,
  })),
}
