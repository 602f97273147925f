/** RBAC of the API double: whether roles and bindings let a service account do something. Additive, as the real one. */

export interface Asked {
  readonly user: string
  readonly verb: string
  readonly group: string
  /** Or a path that is no object's. */
  readonly resource: string
  readonly name: string
  readonly namespace: string
}

interface Rule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

interface Named {
  readonly kind?: unknown
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly {
    readonly kind: string
    readonly name: string
    readonly namespace?: string
  }[]
}

/** Judges by ClusterRoles and Roles with their bindings; `*` stands for all. */
export function mayDo(asked: Asked, objects: readonly object[]): boolean {
  const all = objects as readonly Named[]
  return all
    .filter(({ kind, metadata, subjects = [] }) => {
      const isHere = kind === 'ClusterRoleBinding' || metadata.namespace === asked.namespace
      return (
        String(kind).endsWith('RoleBinding') &&
        isHere &&
        subjects.some(
          ({ name, namespace = '' }) => `system:serviceaccount:${namespace}:${name}` === asked.user,
        )
      )
    })
    .flatMap(({ roleRef, metadata }) =>
      all
        .filter(
          (role) =>
            role.kind === roleRef?.kind &&
            role.metadata.name === roleRef?.name &&
            (role.kind === 'ClusterRole' || role.metadata.namespace === metadata.namespace),
        )
        .flatMap(({ rules = [] }) => rules),
    )
    .some((rule) => fits(rule, asked))
}

function fits(rule: Rule, { verb, group, resource, name }: Asked): boolean {
  if (!has(rule.verbs, verb)) return false
  if (resource.startsWith('/')) return has(rule.nonResourceURLs, resource)
  return (
    has(rule.apiGroups, group) &&
    has(rule.resources, resource) &&
    (rule.resourceNames === undefined || has(rule.resourceNames, name))
  )
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === '*' || one === value) ?? false
}
