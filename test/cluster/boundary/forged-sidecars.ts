/** The sidecar's container with one thing changed, that would carry code, a mount or a token. */
import type { Change, Forgeries, Rule } from './rules.ts'

const SIDECAR = '/spec/initContainers/=rolechain-sidecar'
const SECURITY = `${SIDECAR}/securityContext`
const VOLUMES = '/spec/volumes'
const BUSYBOX = 'localhost/busybox:1'
const RUN = { exec: { command: ['/bin/sh', '-c', 'cat /var/run/secrets/rolechain.io/sts/token'] } }
const more = (path: string, value: unknown): Change => ['add', `${path}/-`, value]
const mount = (name: string, mountPath: string, rest: object = {}) => ({ name, mountPath, ...rest })

/** By rule. */
export const FORGED_SIDECARS: Readonly<
  Record<
    Extract<
      Rule,
      | 'image'
      | 'restart'
      | 'fields'
      | 'probe'
      | 'resources'
      | 'security'
      | 'termination'
      | 'sidecarMounts'
    >,
    Forgeries
  >
> = {
  image: {
    'another image': [['replace', `${SIDECAR}/image`, BUSYBOX]],
    'another tag': [['replace', `${SIDECAR}/image`, 'localhost/rolechain-sidecar:mine']],
    'an image of another registry': [
      ['replace', `${SIDECAR}/image`, 'evil.example/localhost/rolechain-sidecar:suite'],
    ],
    'a name with more behind it': [
      ['replace', `${SIDECAR}/image`, 'localhost/rolechain-sidecar:suite-2'],
    ],
  },
  restart: {
    'an ordinary init container': [
      ['remove', `${SIDECAR}/restartPolicy`],
      ['remove', `${SIDECAR}/startupProbe`],
    ],
  },
  fields: {
    'a command': [['add', `${SIDECAR}/command`, ['/nodejs/bin/node', '-e', '0']]],
    arguments: [['add', `${SIDECAR}/args`, ['-e', '0']]],
    'a working folder': [['add', `${SIDECAR}/workingDir`, '/tmp']],
    'a hook after the start': [['add', `${SIDECAR}/lifecycle`, { postStart: RUN }]],
    'a hook before the end': [['add', `${SIDECAR}/lifecycle`, { preStop: RUN }]],
    'a liveness probe': [['add', `${SIDECAR}/livenessProbe`, RUN]],
    'a readiness probe': [['add', `${SIDECAR}/readinessProbe`, RUN]],
    'variables from a ConfigMap': [
      ['add', `${SIDECAR}/envFrom`, [{ configMapRef: { name: 'mine' } }]],
    ],
    'variables from a Secret': [['add', `${SIDECAR}/envFrom`, [{ secretRef: { name: 'mine' } }]]],
    'standard input': [['add', `${SIDECAR}/stdin`, true]],
    'a terminal': [['add', `${SIDECAR}/tty`, true]],
    'a port of the node': [['add', `${SIDECAR}/ports`, [{ containerPort: 7755, hostPort: 7755 }]]],
    'a device': [
      more(VOLUMES, { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }),
      ['add', `${SIDECAR}/volumeDevices`, [{ name: 'disk', devicePath: '/dev/x' }]],
    ],
  },
  probe: {
    'a probe with another command': [['replace', `${SIDECAR}/startupProbe/exec`, RUN.exec]],
    'a probe with an argument more': [
      more(`${SIDECAR}/startupProbe/exec/command`, '--require=/tmp/x.js'),
    ],
    'a probe over the network': [
      [
        'replace',
        `${SIDECAR}/startupProbe`,
        { httpGet: { path: '/', port: 80, host: 'evil.example' } },
      ],
    ],
    'a probe that ends the sidecar': [['replace', `${SIDECAR}/startupProbe/failureThreshold`, 1]],
  },
  resources: {
    'a claim': [
      ['add', '/spec/resourceClaims', [{ name: 'device', resourceClaimName: 'device' }]],
      ['add', `${SIDECAR}/resources/claims`, [{ name: 'device' }]],
    ],
  },
  security: {
    root: [['replace', `${SECURITY}/runAsUser`, 0]],
    'the uid of the application': [['replace', `${SECURITY}/runAsUser`, 1000]],
    'another group': [['replace', `${SECURITY}/runAsGroup`, 1000]],
    'a privileged sidecar': [
      ['add', `${SECURITY}/privileged`, true],
      ['remove', `${SECURITY}/allowPrivilegeEscalation`],
    ],
    'a capability': [['add', `${SECURITY}/capabilities/add`, ['SYS_PTRACE']]],
    'all capabilities': [['remove', `${SECURITY}/capabilities`]],
    'a root file system to write to': [['replace', `${SECURITY}/readOnlyRootFilesystem`, false]],
    'any user': [['replace', `${SECURITY}/runAsNonRoot`, false]],
    'no seccomp': [['replace', `${SECURITY}/seccompProfile`, { type: 'Unconfined' }]],
    'a seccomp profile of the node': [
      [
        'replace',
        `${SECURITY}/seccompProfile`,
        { type: 'Localhost', localhostProfile: 'log.json' },
      ],
    ],
    'another AppArmor profile': [['add', `${SECURITY}/appArmorProfile`, { type: 'Unconfined' }]],
    'another SELinux context': [['add', `${SECURITY}/seLinuxOptions`, { type: 'spc_t' }]],
    'no context': [['remove', SECURITY]],
  },
  termination: {
    'the token as termination message': [
      ['add', `${SIDECAR}/terminationMessagePath`, '/var/run/secrets/rolechain.io/sts/token'],
    ],
    'the log as termination message': [
      ['add', `${SIDECAR}/terminationMessagePolicy`, 'FallbackToLogsOnError'],
    ],
  },
  sidecarMounts: {
    'a folder over the program': [
      more(VOLUMES, { name: 'mine', emptyDir: {} }),
      more(`${SIDECAR}/volumeMounts`, mount('mine', '/app')),
    ],
    'a folder over the helper of profiles': [
      more(VOLUMES, { name: 'mine', emptyDir: {} }),
      more(`${SIDECAR}/volumeMounts`, mount('mine', '/opt/rolechain.io')),
    ],
    'a folder for the helper of others': [
      more(VOLUMES, { name: 'rolechain-profiles', emptyDir: { medium: 'Memory' } }),
      more(`${SIDECAR}/volumeMounts`, mount('rolechain-profiles', '/app')),
    ],
    'a part of the profiles': [
      more(VOLUMES, { name: 'rolechain-profiles', emptyDir: { medium: 'Memory' } }),
      more(
        `${SIDECAR}/volumeMounts`,
        mount('rolechain-profiles', '/opt/rolechain.io', { subPath: 'x' }),
      ),
    ],
    'a part of the sessions': [['add', `${SIDECAR}/volumeMounts/=rolechain-state/subPath`, 'x']],
    'the sessions of the node': [
      more(VOLUMES, { name: 'mine', emptyDir: {} }),
      ['replace', `${SIDECAR}/volumeMounts/=rolechain-state/name`, 'mine'],
    ],
    'the token elsewhere': [
      more(`${SIDECAR}/volumeMounts`, mount('rolechain-sts-token', '/app', { readOnly: true })),
    ],
    'a token to write to': [
      ['replace', `${SIDECAR}/volumeMounts/=rolechain-token-default/readOnly`, false],
    ],
    "the token of the Kubernetes API in the sidecar's place for it": [
      ['remove', `${SIDECAR}/volumeMounts/3`],
    ],
  },
}
