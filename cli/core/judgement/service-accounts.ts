/** Service accounts as objects of a manifest or of the API, read as the webhook keeps them. */
import { objectAt, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { readTexts } from '../../../webhook/core/pod/pod.ts'
import { CHAIN_LABEL } from '../../../webhook/core/vocabulary/keys.ts'
import type {
  ServiceAccount,
  ServiceAccountLookup,
} from '../../../webhook/core/vocabulary/service-account.ts'

/** `prefix` is that of the chain mode's annotations; `namespace` is for an object that names none. */
export function readServiceAccount(
  object: JsonObject,
  { prefix, namespace }: { readonly prefix: string; readonly namespace: string },
): ServiceAccount {
  const metadata = objectAt(object, 'metadata')
  const annotations = readTexts(objectAt(metadata, 'annotations'))
  const isLabelled = objectAt(metadata, 'labels')[`${prefix}/${CHAIN_LABEL}`] === 'true'
  const serviceAccount: ServiceAccount = {
    namespace: textAt(metadata, 'namespace') || namespace,
    name: textAt(metadata, 'name'),
    annotations,
  }
  return isLabelled || Object.keys(annotations).length === 0
    ? serviceAccount
    : { ...serviceAccount, lacksChainLabel: true }
}

/** Looks one up among those of files. `default` is in every namespace, made by Kubernetes. */
export function lookUpAmong(
  serviceAccounts: readonly ServiceAccount[],
  asked: { readonly namespace: string; readonly name: string },
): ServiceAccountLookup {
  const { namespace, name } = asked
  const found = serviceAccounts.findLast(
    (candidate) => candidate.namespace === namespace && candidate.name === name,
  )
  if (found !== undefined) return { kind: 'found', serviceAccount: found }
  return name === 'default'
    ? { kind: 'found', serviceAccount: { namespace, name, annotations: {} } }
    : { kind: 'missing' }
}
