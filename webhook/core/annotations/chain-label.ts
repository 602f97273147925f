/** The label of service accounts by which the API server itself keeps pods from starting without their chain. */
import { asksForTarget } from './annotations.ts'
import type { AnnotationNames } from '../configuration/configuration.ts'
import { CHAIN_LABEL } from '../vocabulary/keys.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import type { ServiceAccount } from '../vocabulary/service-account.ts'

/** What is told where a chain stands on a service account, and no policy of the API server would miss it in a pod. */
export function labelWarnings(
  { namespace, name, annotations, lacksChainLabel }: ServiceAccount,
  configuration: AnnotationNames,
): readonly Finding[] {
  if (lacksChainLabel !== true || !asksForTarget(annotations, configuration)) return []
  const label = `${configuration.chainAnnotationPrefix}/${CHAIN_LABEL}`
  return [
    {
      reason: 'chain_label_missing',
      message: `while no webhook answers, pods may start without the chain of service account ${name}; to refuse them: kubectl label serviceaccount ${name} --namespace=${namespace} ${label}=true`,
    },
  ]
}
