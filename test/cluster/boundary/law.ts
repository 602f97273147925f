/**
 * Policies of the platform, and who asks for which chain under them, drawn so that both verdicts are frequent; and the
 * two judges of them.
 */
import * as fc from 'fast-check'
import { mayHaveChain } from '../../../webhook/core/chain/request/policy.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import type { KubernetesObject } from '../suite.ts'

/** One who asks, and chains as they stand in the sidecar's variable. */
export interface Case {
  readonly namespace: string
  readonly serviceAccount: string
  readonly chains: readonly string[]
}

/**
 * What means something in patterns, regular expressions, CEL, JSON, YAML or Helm; not the semicolon, which stands
 * between answers.
 */
const CHARACTERS = Array.from('ab-*.+?^$|()[]{}\\/"\'`<>&%#@:=,~_0é😀')
const text = (maxLength: number, minLength = 1) =>
  fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength, maxLength })
const names = fc.oneof(
  fc.constantFrom('team-a', 'team-b', 'a', '*', 'team-*', '*-a', 'a*b'),
  text(5),
)
const patterns = (minLength: number) => fc.array(names, { minLength, maxLength: 3 })
const arn = fc
  .constantFrom('a', 'b', 'ab', 'x/a', 'a.b', 'a+b', 'a,b')
  .map((name) => `arn:aws:iam::111111111111:role/${name}`)
const arnPattern = fc.oneof(
  arn,
  fc.constantFrom('*', 'arn:aws:iam::111111111111:role/*', '*/a', 'arn:*:role/*b', '*a*b*'),
  text(6),
)

const users = { namespaces: patterns(1), serviceAccounts: patterns(1) }

/** `policy` and `chains` of the configuration. */
export const policies = fc.record({
  policy: fc.record({
    default: fc.constantFrom('allow', 'deny'),
    rules: fc.array(fc.record({ ...users, roleArns: fc.array(arnPattern, { maxLength: 4 }) }), {
      maxLength: 5,
    }),
  }),
  chains: fc.dictionary(
    fc.constantFrom('one', 'two', 'three'),
    fc.record({
      ...users,
      chain: fc.array(fc.record({ roleArn: arn }), { minLength: 1, maxLength: 3 }),
    }),
  ),
})

export type Policies = typeof policies extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** A text that fits a pattern, or nearly. */
function fitting(pattern: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('', 'a', 'x.', '\\', '*', 'é'), fc.constantFrom('', '', '', 'a', '$'))
    .map(([filler, end]) => `${pattern.replaceAll('*', () => filler)}${end}`)
}

/** What fits one of these patterns, or nearly, or something else. */
function known(list: readonly string[], other: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return list.length === 0 ? other : fc.oneof(other, fc.constantFrom(...list).chain(fitting))
}

/** Who may ask under these policies, 20 chains at once. */
export function casesOf({ policy, chains }: Policies): fc.Arbitrary<Case> {
  const all = [...policy.rules, ...Object.values(chains)]
  const role = known(
    policy.rules.flatMap(({ roleArns }) => roleArns),
    arn,
  )
  const written = known(
    Object.values(chains).map(({ chain }) => chain.map(({ roleArn }) => roleArn).join(' ')),
    fc.array(role, { minLength: 1, maxLength: 4 }).map((roles) => roles.join(' ')),
  )
  const chain = fc
    .tuple(fc.option(role), written)
    .map(([base, rest]) => (base === null ? rest : `${base} ${rest}`))
    // No ARN is empty; the rule about how roles are written is another.
    .filter((line) => line.split(' ').every((name) => name !== ''))
  return fc.record({
    namespace: known(
      all.flatMap(({ namespaces }) => namespaces),
      names,
    ),
    serviceAccount: known(
      all.flatMap(({ serviceAccounts }) => serviceAccounts),
      names,
    ),
    chains: fc.array(chain, { minLength: 20, maxLength: 20 }),
  })
}

/** What the webhook's own code refuses. */
export function refusedByCode(
  { namespace, serviceAccount, chains }: Case,
  configuration: Configuration,
): readonly string[] {
  const requester = { namespace, serviceAccount }
  return chains.filter((chain) => !mayHaveChain(chain.split(' '), requester, configuration))
}

interface RenderedPolicy extends KubernetesObject {
  readonly spec: { readonly variables: readonly { readonly name: string }[] }
}

const FACTS: Readonly<Record<string, string>> = {
  podNamespace: "object.data['namespace']",
  serviceAccount: "object.data['serviceAccount']",
  chains: "object.data['chains'].split('\\n')",
}
const RULES = ['fits', 'listed', 'uses', 'refused']

/**
 * The chart's expressions about roles, asked about ConfigMaps with this label, whose data says who asks; the answer
 * names what is refused.
 */
export function asPolicyOfConfigMaps(
  rendered: KubernetesObject,
  label: string,
): KubernetesObject[] {
  const { apiVersion, kind, spec } = rendered as RenderedPolicy
  const name = `law-${label}.suite`
  const facts = Object.entries(FACTS).map(([fact, expression]) => ({ name: fact, expression }))
  return [
    {
      apiVersion,
      kind,
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          objectSelector: { matchLabels: { law: label } },
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['configmaps'],
            },
          ],
        },
        variables: [
          ...facts,
          ...spec.variables.filter((variable) => RULES.includes(variable.name)),
        ],
        validations: [
          {
            expression: 'size(variables.refused) == 0',
            messageExpression: "'refused:' + variables.refused.join(';')",
          },
        ],
      },
    },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ]
}

/** The ConfigMap that asks. */
export function toConfigMap({ namespace, serviceAccount, chains }: Case, label: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'law', labels: { law: label } },
    data: { namespace, serviceAccount, chains: chains.join('\n') },
  }
}

/** What the API server refuses, read from its answer; null where it answered something else. */
export function refusedByCel(answer: string): readonly string[] | null {
  if (answer === '') return []
  const [, list] = /denied request: refused:(.*)$/s.exec(answer) ?? []
  return list === undefined ? null : list.split(';')
}
