/**
 * Compares the two places in which a pod says the sidecar's roles: one is judged inside the API server, the other is
 * what the sidecar does.
 */
import { CONFIGURATION_VARIABLE, ROLES_VARIABLE, serialiseRoles } from '../contract.ts'
import type { SidecarConfiguration } from '../contract.ts'

/**
 * Every difference, one sentence each. A pod of an older webhook has no such variable; where it is needed, the policies
 * of the API server ask for it.
 */
export function rolesProblems(
  { targets }: SidecarConfiguration,
  written: string | undefined,
): readonly string[] {
  if (written === undefined || written === serialiseRoles(targets)) return []
  const lines = written.split('\n')
  const names = Object.keys(targets)
  const differences = Object.entries(targets).flatMap(([name, { chain }], index) => {
    const roles = chain.map(({ roleArn }) => roleArn)
    return lines[index] === roles.join(' ')
      ? []
      : [
          `${ROLES_VARIABLE}: line ${index + 1} is ${show(lines[index])}, and the chain of target ${name} in ${CONFIGURATION_VARIABLE} is ${show(roles.join(' '))}`,
        ]
  })
  const more = lines
    .slice(names.length)
    .map(
      (line, index) =>
        `${ROLES_VARIABLE}: line ${names.length + index + 1}, ${show(line)}, is of no target in ${CONFIGURATION_VARIABLE}`,
    )
  return [...differences, ...more].map(
    (difference) =>
      `${difference}; both are written by the webhook, and whoever changed one has to leave the sidecar to it`,
  )
}

function show(line: string | undefined): string {
  return line === undefined ? 'not there' : JSON.stringify(line)
}
