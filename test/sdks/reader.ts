/**
 * Drives a client that can only read from S3 as if it could say who it is: whose call a read was is taken from the
 * strict AWS.
 */
import { z } from 'zod'
import { startClient, type Answer, type Client, type ClientStart } from './client.ts'
import { AWS_PORT, OBJECT } from './places.ts'

const entries = z.array(
  z.looseObject({
    eventSource: z.string(),
    userIdentity: z.looseObject({ arn: z.string().optional() }),
  }),
)

/** As {@link startClient}; its `parallel` gets the object that it is to read as further words. */
export async function startReader(start: ClientStart, object = OBJECT): Promise<Client> {
  const client = await startClient(start)
  return {
    ...client,
    ask: async (line) => {
      if (line.startsWith('read')) return client.ask(line)
      const known = (await fetchReaders()).length
      const isOne = line === 'identity'
      const answer = await client.ask(isOne ? `read ${object}` : `${line} ${object}`)
      if (answer.error !== undefined) return answer
      return toAnswer((await fetchReaders()).slice(known), isOne)
    },
  }
}

function toAnswer(arns: readonly string[], isOne: boolean): Answer {
  const identities = [...new Set(arns)]
  return isOne ? { identity: identities.join(', ') } : { identities }
}

/** Who has called S3, the oldest first; somebody unknown is nobody. */
async function fetchReaders(): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${AWS_PORT}/_/trail`)
  return entries
    .parse(await response.json())
    .flatMap(({ eventSource, userIdentity: { arn } }) =>
      eventSource.startsWith('s3') ? [arn ?? 'nobody'] : [],
    )
}
