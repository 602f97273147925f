/** A pod with profiles with one thing changed, by which somebody would choose what its containers run or read. */
import type { Change, Forgeries, ProfileRule } from './rules.ts'

const APP = '/spec/containers/=app'
const VOLUMES = '/spec/volumes'
const BUSYBOX = 'localhost/busybox:1'
const more = (path: string, value: unknown): Change => ['add', `${path}/-`, value]
const mount = (name: string, mountPath: string, rest: object = {}) => ({ name, mountPath, ...rest })
const PROFILES = mount('rolechain-profiles', '/opt/rolechain.io', { readOnly: true })
const volume = (source: object): Change => [
  'replace',
  `${VOLUMES}/=rolechain-profiles`,
  { name: 'rolechain-profiles', ...source },
]
const container = (name: string, ...volumeMounts: object[]): Change =>
  more('/spec/containers', { name, image: BUSYBOX, volumeMounts })
/** A volume of somebody's own, mounted by the application. */
const own = (mountPath: string, rest: object = {}): readonly Change[] => [
  more(VOLUMES, { name: 'mine', emptyDir: {} }),
  more(`${APP}/volumeMounts`, mount('mine', mountPath, rest)),
]

/** By rule. */
export const FORGED_PROFILES: Readonly<Record<ProfileRule, Forgeries>> = {
  profilesVolume: {
    'a helper on the disk': [volume({ emptyDir: {} })],
    'a helper of the node': [volume({ hostPath: { path: '/opt' } })],
    'a helper of a ConfigMap': [volume({ configMap: { name: 'mine', defaultMode: 0o555 } })],
    'a helper of a claim': [volume({ persistentVolumeClaim: { claimName: 'x' } })],
    'a helper of a Secret': [volume({ secret: { secretName: 'mine', defaultMode: 0o555 } })],
  },
  profilesMounts: {
    'profiles to write to': [
      ['replace', `${APP}/volumeMounts/=rolechain-profiles/readOnly`, false],
    ],
    'a part of the profiles': [
      ['add', `${APP}/volumeMounts/=rolechain-profiles/subPath`, 'app.config'],
    ],
    'profiles elsewhere': [
      ['replace', `${APP}/volumeMounts/=rolechain-profiles/mountPath`, '/opt/other'],
    ],
    'profiles a second time, to write to': [
      more(`${APP}/volumeMounts`, mount('rolechain-profiles', '/x')),
    ],
    'profiles in a container without a target': [container('late', PROFILES)],
    'profiles in a container with one target': [
      container(
        'late',
        mount('rolechain-token-other', '/var/run/secrets/rolechain.io/other', { readOnly: true }),
        PROFILES,
      ),
    ],
    'profiles that an init container writes': [
      more('/spec/initContainers', {
        name: 'early',
        image: BUSYBOX,
        volumeMounts: [mount('rolechain-profiles', '/opt/rolechain.io')],
      }),
    ],
  },
  profilesPlace: {
    'a config file of its own': own('/opt/rolechain.io/app.config', { subPath: 'config' }),
    'a helper of its own': own('/opt/rolechain.io/credentials', { subPath: 'credentials' }),
    'a folder in the profiles': own('/opt/rolechain.io/bin'),
    'the same in another spelling': own('//opt/./rolechain.io/bin'),
    'the same by a way around': own('/var/../opt/rolechain.io/bin'),
    'the same without a slash at its beginning': own('opt/rolechain.io/bin'),
  },
}
