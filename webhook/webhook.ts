/** The whole webhook, put together and listening; it ends when told, after the reviews that it has begun. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, createMetricsApp } from './http/app.ts'
import { CHAIN_LABEL } from './core/vocabulary/keys.ts'
import { describeRoles } from './core/parity/known-roles.ts'
import { decideLookup, mutate } from './core/mutate.ts'
import { verify } from './core/verify.ts'
import { readServiceAccountName } from './core/pod/pod.ts'
import type { FlagValues } from './command-line/flags.ts'
import { readAccess } from './kubernetes/access.ts'
import { startConfiguration } from './configuration/current.ts'
import type { CurrentConfiguration } from './configuration/current.ts'
import { createKubernetesApi } from './kubernetes/kubernetes-api.ts'
import { fetchAwsAccount } from './configuration/instance-metadata.ts'
import { createLiveRead } from './service-accounts/live-reads.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/metrics.ts'
import { startRoleSources } from './configuration/role-sources.ts'
import { startServiceAccountCache } from './service-accounts/cache.ts'
import type { ServiceAccountCache } from './service-accounts/cache.ts'
import { createServiceAccounts } from './service-accounts/service-accounts.ts'
import { startServingTls } from './certificates/serving-tls.ts'
import { followCertificate } from './certificates/follow-certificate.ts'
import { createJudge } from './judge/judge.ts'
import type { JudgeParts } from './judge/judge.ts'
import { createTemplateJudge } from './judge/judge-template.ts'
import { listen } from './http/listen.ts'
import type { Log } from './log/events.ts'
import { readParitySettings } from './command-line/parity-flags.ts'
import { VERSION } from './version.ts'

export interface RunningWebhook {
  /**
   * Says at once that it is not ready, goes on answering for `drainMs` while the cluster notices, then stops to listen
   * and ends when the last answer is sent.
   */
  readonly stop: (drainMs: number) => Promise<void>
}

/** How often files are looked at; the kubelet takes a minute to bring a changed ConfigMap or Secret. */
const everyMs = 2000

/**
 * Resolves when both ports listen; ready it is when the service accounts are read and the API server was asked for its
 * version. The plain port listens at once, and says on /readyz what the other one waits for: where the webhook makes
 * its certificate itself, that may be long. `countLostLogLines` is for a metric.
 */
export async function startWebhook(
  values: FlagValues,
  log: Log,
  countLostLogLines = () => 0,
): Promise<RunningWebhook> {
  const chainLabel = `${values['chain-annotation-prefix']}/${CHAIN_LABEL}`
  const roleArnKey = `${values['annotation-prefix']}/role-arn`
  const api = createKubernetesApi(await readAccess(values, process.env))
  const metrics: Metrics = createMetrics({
    countServiceAccounts: () => cache.size(),
    countLostLogLines,
    isUsed: () =>
      roles.isUsed() || cache.some(({ annotations }) => Object.hasOwn(annotations, roleArnKey)),
  })
  const configuration = await startConfiguration({
    api,
    path: values.config,
    everyMs,
    fromFlags: await fromFlags(values),
    log,
    onReload: (isGood) => metrics.reloaded('configuration', isGood),
    onUse: metrics.configurationUsed,
  })
  const cache = startServiceAccountCache({ api, log, chainLabel, random: Math.random })
  const roles = await startRoleSources(values, {
    api,
    log,
    everyMs,
    random: Math.random,
    onChange: configuration.update,
    onReload: metrics.reloaded,
  })
  let isDraining = false
  let whyNoCertificate = 'there is no serving certificate yet'
  const readUnreadiness = () =>
    isDraining
      ? 'it is about to end'
      : whyNoCertificate || unreadiness(configuration, cache) || roles.readUnreadiness()
  const metricsApp = createMetricsApp({
    metrics,
    readUnreadiness,
    ...(values['enable-debugging-handlers']
      ? { readKnownRoles: () => knownRoles(configuration, cache) }
      : {}),
  })
  const metricsPort = await listen(metricsApp, values['metrics-port'])
  const waiting = 'The plain port listens; the other one follows with the first certificate.'
  log('plain_port_listening', waiting, { metricsPort })
  const tls = await startServingTls(values, {
    api,
    log,
    nowMs: Date.now,
    onFailure: (failure) => {
      metrics.reloaded('certificate', false)
      if (whyNoCertificate !== '') whyNoCertificate = `there is no serving certificate: ${failure}`
    },
  })
  const reading = { api, chainLabel, nowMs: Date.now, sleep, onRead: metrics.liveRead }
  const judging: JudgeParts = {
    decisions: {
      decideLookup,
      // The one random number of a review.
      mutate: (admission, lookup, current) =>
        mutate({ ...admission, jitter: Math.random() }, lookup, current),
      readServiceAccountName,
    },
    serviceAccounts: createServiceAccounts({
      cache,
      readLive: createLiveRead(reading),
      gracePeriodMs: values['service-account-lookup-grace-period'],
    }),
    onMissed: metrics.serviceAccountMissed,
  }
  const app = createApp({
    tls: tls.options,
    judge: createJudge(judging),
    judgeTemplate: createTemplateJudge(judging),
    judgeFinal: createJudge({ ...judging, decisions: { ...judging.decisions, mutate: verify } }),
    readConfiguration: configuration.read,
    readUnreadiness,
    isDraining: () => isDraining,
    metrics,
    log,
  })
  const port = await listen(app, values.port)
  // Not before: a rollout ends an old webhook as soon as the new one says that it is ready.
  whyNoCertificate = ''
  const unfollow = followCertificate({ tls, server: app.server, everyMs, metrics, log })
  log('listening', 'listening', { port, metricsPort, version: VERSION })

  return {
    stop: async (drainMs) => {
      isDraining = true
      await sleep(drainMs)
      await Promise.all([app.close(), metricsApp.close(), unfollow()])
      await Promise.all([cache.stop(), roles.stop(), configuration.stop()])
      api.stop()
    },
  }
}

async function fromFlags(
  values: FlagValues,
): Promise<Parameters<typeof startConfiguration>[0]['fromFlags']> {
  return {
    version: VERSION,
    chainAnnotationPrefix: values['chain-annotation-prefix'],
    parity: await readParitySettings(values, () => fetchAwsAccount(process.env)),
  }
}

function knownRoles(configuration: CurrentConfiguration, cache: ServiceAccountCache): object {
  return describeRoles(cache.list(), configuration.read())
}

function unreadiness(configuration: CurrentConfiguration, cache: ServiceAccountCache): string {
  if (!cache.isRead()) return 'the service accounts have not been read yet'
  if (!configuration.isSettled()) return 'the API server has not said its version yet'
  return ''
}
