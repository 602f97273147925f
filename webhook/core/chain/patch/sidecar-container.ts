/** The sidecar container and the volumes that it and the containers share, as they are to stand in the pod. */
import {
  CONFIGURATION_VARIABLE,
  PROFILES_FOLDER,
  PROFILES_FOLDER_SIZE_LIMIT,
  ROLES_VARIABLE,
  SIDECAR_CONTAINER_NAME,
  SIDECAR_VARIABLES,
  STATE_FOLDER,
  STATE_FOLDER_SIZE_LIMIT,
  TOKEN_FILE,
  serialiseRoles,
  serialiseSidecarConfiguration,
} from '../../../../sidecar/contract.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import type { JsonObject } from '../../formats/json.ts'
import { endpointTokenMount } from '../plan/mounts.ts'
import type { SidecarPlan } from '../plan/sidecar-plan.ts'
import { firstToken, type TokenPlace } from './first-token.ts'
import {
  API_TOKEN_FOLDER,
  CHAIN_PREFIX,
  endpointTokenVolume,
  PROFILES_VOLUME,
  STATE_VOLUME,
} from '../../vocabulary/names.ts'

/** Life of an endpoint token. Long, since some SDKs read the file once. */
const ENDPOINT_TOKEN_SECONDS = 86_400

/**
 * The sidecar never calls the Kubernetes API. The ServiceAccount plugin of the API server mounts the pod's token for
 * that API into every container that has no mount at this path, also into one that a webhook has added; so something
 * else stands there, which the sidecar has anyway.
 */
function noApiToken(volume: string): JsonObject {
  return { name: volume, mountPath: API_TOKEN_FOLDER, readOnly: true }
}

/** The largest that Kubernetes takes: the gate waits for as long as it needs to. */
const FAILURE_THRESHOLD = 2_147_483_647

/** What the cluster says of every sidecar. */
export interface SidecarConfiguration {
  readonly settings: Pick<
    Configuration['settings'],
    'sidecar' | 'sessionTags' | 'clusterName' | 'clusterArn'
  >
}

/** The whole container. A pod that passed Pod Security *restricted* without it still does. */
export function sidecarContainer(
  plan: SidecarPlan,
  { settings }: SidecarConfiguration,
): JsonObject {
  const { imagePullPolicy, command } = settings.sidecar
  const token = firstToken(plan, '')
  return {
    name: SIDECAR_CONTAINER_NAME,
    image: plan.image,
    ...(imagePullPolicy === null ? {} : { imagePullPolicy }),
    restartPolicy: 'Always',
    env: sidecarVariables(plan, settings),
    ...(plan.gate !== 'off' ? { startupProbe: startupProbe(command) } : {}),
    resources: plan.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      ...(plan.user === null ? {} : { runAsUser: plan.user }),
      ...(plan.group === null ? {} : { runAsGroup: plan.group }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: token.volume, mountPath: token.folder, readOnly: true },
      { name: STATE_VOLUME, mountPath: STATE_FOLDER },
      ...(hasAny(plan.profiles) ? [{ name: PROFILES_VOLUME, mountPath: PROFILES_FOLDER }] : []),
      ...[...plan.targets.keys()].map(endpointTokenMount),
      noApiToken(token.volume),
    ],
  }
}

/** The volumes by name, in the order in which they are added. */
export function sidecarVolumes(
  plan: Pick<SidecarPlan, 'targets' | 'profiles' | 'podIdentity'>,
  stsAudience: string,
): readonly JsonObject[] {
  const { targets, profiles } = plan
  const { volume, token } = firstToken(plan, stsAudience)
  return [
    tokenVolume(volume, token),
    ...[...targets.keys()].map((target) =>
      tokenVolume(endpointTokenVolume(target), {
        audience: `${CHAIN_PREFIX}/${target}`,
        expirationSeconds: ENDPOINT_TOKEN_SECONDS,
        path: TOKEN_FILE,
      }),
    ),
    memoryVolume(STATE_VOLUME, STATE_FOLDER_SIZE_LIMIT),
    ...(hasAny(profiles) ? [memoryVolume(PROFILES_VOLUME, PROFILES_FOLDER_SIZE_LIMIT)] : []),
  ]
}

function hasAny(profiles: SidecarPlan['profiles']): boolean {
  return Object.keys(profiles).length > 0
}

function memoryVolume(name: string, sizeLimit: string): JsonObject {
  return { name, emptyDir: { medium: 'Memory', sizeLimit } }
}

function tokenVolume(name: string, token: TokenPlace['token']): JsonObject {
  return { name, projected: { sources: [{ serviceAccountToken: token }] } }
}

/**
 * It execs: an HTTP probe of the kubelet cannot reach a listener on the loopback, and fails under a mesh's strict mTLS.
 * The kubelet probes for the first time one whole period after the container's start, and `probe` itself waits: a
 * longer period would only delay the application.
 */
function startupProbe(command: readonly string[]): JsonObject {
  return {
    exec: { command: [...command, 'probe'] },
    periodSeconds: 1,
    timeoutSeconds: 10,
    failureThreshold: FAILURE_THRESHOLD,
  }
}

function sidecarVariables(
  plan: SidecarPlan,
  all: SidecarConfiguration['settings'],
): readonly JsonObject[] {
  const { targets, podIdentity, region } = plan
  const { sidecar: settings } = all
  const names = SIDECAR_VARIABLES
  const roles = serialiseRoles(Object.fromEntries(targets))
  const configuration = serialise(plan, settings)
  return [
    // As JSON writes it too: Kubernetes expands $(NAME) and $$ in values.
    { name: CONFIGURATION_VARIABLE, value: configuration.replaceAll('$', String.raw`\u0024`) },
    // The API server leaves an empty value out.
    { name: ROLES_VARIABLE, ...(roles === '' ? {} : { value: roles }) },
    ...literal(names.region, region),
    fromField(names.podName, 'metadata.name'),
    fromField(names.podNamespace, 'metadata.namespace'),
    fromField(names.podUid, 'metadata.uid'),
    fromField(names.nodeName, 'spec.nodeName'),
    fromField(names.serviceAccount, 'spec.serviceAccountName'),
    ...attestedVariables(plan, all),
    ...literal(names.podIdentityAgent, podIdentity?.agentUrl ?? null),
    ...literal(names.stsEndpoint, settings.stsEndpoint),
    ...literal(names.allowHttpSts, settings.allowHttpSts ? 'true' : null),
    ...literal(names.useFipsEndpoint, settings.useFipsEndpoint ? 'true' : null),
    ...literal(names.useDualstackEndpoint, settings.useDualstackEndpoint ? 'true' : null),
    ...literal(names.httpsProxy, settings.httpsProxy),
    ...literal(names.noProxy, settings.noProxy),
    ...literal(names.caBundle, settings.caBundle),
  ]
}

/** None where EKS has put its own on the session that its agent gives. */
function attestedVariables(
  { podIdentity }: SidecarPlan,
  { sessionTags, clusterName, clusterArn }: SidecarConfiguration['settings'],
): readonly JsonObject[] {
  if (sessionTags !== 'attested' || podIdentity !== null) return []
  const { clusterName: name, clusterArn: arn } = SIDECAR_VARIABLES
  return [...literal(name, clusterName), ...literal(arn, clusterArn)]
}

function serialise(
  { targets, profiles, podIdentity, port, sessionName }: SidecarPlan,
  { logLevel, metricsPort }: SidecarConfiguration['settings']['sidecar'],
): string {
  return serialiseSidecarConfiguration({
    targets: Object.fromEntries(targets),
    port,
    sessionName,
    ...(podIdentity === null ? {} : { source: 'pod-identity' }),
    ...(hasAny(profiles) ? { profiles } : {}),
    logLevel,
    ...(metricsPort === null ? {} : { metricsPort }),
  })
}

function literal(name: string, value: string | null): readonly JsonObject[] {
  return value === null ? [] : [{ name, value: value.replaceAll('$', () => '$$') }]
}

function fromField(name: string, fieldPath: string): JsonObject {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}
