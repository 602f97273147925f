/** Why a controller cannot make pods, from what the API server told it. */
import { toFinding, type CommandFinding } from '../../findings/findings.ts'

/** A webhook that does not answer is told apart from one that refuses. */
export function toRefusal(place: string, message: string): CommandFinding {
  const isSilent = /failed calling webhook|failed to call webhook/i.test(message)
  return toFinding(isSilent ? 'webhook_not_ready' : 'pod_refused', {
    level: 'problem',
    place,
    message: `its pods cannot be made: ${message}`,
  })
}
