/**
 * The least of Elastic Load Balancing: DescribeLoadBalancers, of all. Source: Elastic Load Balancing API Reference
 * (2015-12-01), "DescribeLoadBalancers", "Common errors"; Service Authorization Reference, "Actions, resources, and
 * condition keys for Elastic Load Balancing V2" (it has no resource: `*`); for the sentence of a refusal what users
 * report (aws-samples/multi-tenant-chatbot-using-rag-with-amazon-bedrock#17).
 */
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { LoadBalancer } from './computing.ts'
import { decidePermission } from './permissions.ts'
import { inQueryProtocol, readAction, readPairs, toXmlAnswer } from './query-protocol.ts'
import type { RoleSession } from './session-store.ts'
import type { XmlElements } from './xml.ts'

const VERSION = '2015-12-01'
const NAMESPACE = `http://elasticloadbalancing.amazonaws.com/doc/${VERSION}/`
const OPERATION = 'DescribeLoadBalancers'

function check(call: Call, caller: RoleSession): void {
  const action = `elasticloadbalancing:${OPERATION}`
  const decision = decidePermission(caller, { action, resource: '*' })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action}`,
    { status: 403 },
  )
}

function toMember({ arn, name, dnsName }: LoadBalancer): XmlElements {
  return {
    LoadBalancerArn: arn,
    DNSName: dnsName,
    LoadBalancerName: name,
    Scheme: 'internet-facing',
    State: { Code: 'active' },
    Type: 'application',
  }
}

function checkParameters(call: Call): void {
  const parameters = new Map(readPairs(call.request))
  const version = parameters.get('Version') ?? 'NO_VERSION_SPECIFIED'
  if (call.operation !== OPERATION || version !== VERSION)
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${call.operation} for version ${version}`,
    )
  const unknown = [...parameters.keys()].find((name) => name !== 'Action' && name !== 'Version')
  if (unknown !== undefined)
    throw new AwsError(
      'ValidationError',
      `The strict AWS knows no parameter ${unknown} of this action.`,
    )
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'elasticloadbalancing')
  checkParameters(call)
  check(call, caller)
  const account = call.environment.world.accounts.get(caller.role.accountId)
  const here = (account?.loadBalancers ?? []).filter(({ region }) => region === call.notes.region)
  const content = {
    [`${OPERATION}Result`]: { LoadBalancers: { member: here.map(toMember) } },
    ResponseMetadata: { RequestId: call.requestId },
  }
  return toXmlAnswer(call, { namespace: NAMESPACE }, [`${OPERATION}Response`, content])
}

/** Elastic Load Balancing as a service of the one port. */
export const loadBalancing: Service = {
  ...inQueryProtocol(NAMESPACE),
  eventSource: 'elasticloadbalancing.amazonaws.com',
  readOperation: readAction,
  answer,
}
