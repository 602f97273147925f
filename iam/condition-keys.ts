/**
 * The condition keys of a request, and those that iam/ knows. A known key without a value is absent from the request,
 * which many operators treat as an answer. Of any other key nothing follows from its absence: it was only not told
 * (`aws:SourceIp`, `aws:PrincipalOrgID`, tags of the role that is asked for). Whoever knows the value of such a key
 * puts it in the context. Source: IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition
 * context keys"; Service Authorization Reference, "Condition keys for AWS Security Token Service"; for `s3:prefix`,
 * "Condition keys for Amazon S3".
 */

/** Values of condition keys by lower-case key ("condition key names are not case-sensitive"). None of them is empty. */
export type RequestContext = ReadonlyMap<string, readonly string[]>

const KNOWN_KEYS = [
  /^aws:(principalarn|principalaccount|sourceidentity|tagkeys)$/,
  // "… only when the call to your resource is made directly by an AWS service principal on behalf of a resource".
  /^aws:(sourcearn|sourceaccount)$/,
  /^aws:(requesttag|principaltag)\/.+$/,
  /^sts:(externalid|rolesessionname|sourceidentity|transitivetagkeys)$/,
  /^s3:prefix$/,
  // Of an OIDC provider, which its URL names: the token's subject and audience.
  /^[^:]+(:\d+)?[^:]*:(sub|aud)$/,
]

/** Whether the absence of a key means that the request has no such key. */
export function isKnownKey(key: string): boolean {
  const lowerCase = key.toLowerCase()
  return KNOWN_KEYS.some((known) => known.test(lowerCase))
}

/** "ArrayOfString" in the reference, as far as requests to STS have them. */
const MULTIVALUED_KEYS = ['aws:tagkeys', 'sts:transitivetagkeys', 'aws:principalorgpaths']

/** Whether requests have several values for a key: then a condition on it needs `ForAllValues:` or `ForAnyValue:`. */
export function isMultivalued(key: string): boolean {
  return MULTIVALUED_KEYS.includes(key.toLowerCase())
}
