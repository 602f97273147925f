/** What `--keep` prints: how to look at what is left running. */
import type { Aws } from '../stand-ins/aws/server.ts'
import { hasTarget, type StartedPod, type TargetContainer } from './steps/start.ts'

/** Lines to paste into another shell. */
export function toInstructions(aws: Aws, { containers }: StartedPod): string {
  const container = containers.find(hasTarget)
  return [
    ...(container === undefined ? [] : [...asContainer(container), '']),
    '# What AWS has recorded',
    `curl -s ${aws.url}/_/trail | grep -E '"(eventTime|eventName|arn|errorCode)"'`,
    '',
    '# STS goes down, and comes back',
    `curl -s ${aws.url}/_/faults -d '{ "kind": "reset", "operation": "AssumeRole" }'`,
    `curl -s -X DELETE ${aws.url}/_/faults`,
  ].join('\n')
}

function asContainer({ environment, expectation: { endpoint, profile } }: TargetContainer) {
  const {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file = '',
  } = endpoint
  const names = Object.keys(environment).filter((name) => name.startsWith('AWS_'))
  const option = profile === undefined ? '' : ` --profile ${profile}`
  return [
    '# Ask the endpoint as the application does, and as somebody else',
    `curl -s -H "Authorization: $(cat '${file}')" ${uri}`,
    `curl -s ${uri}`,
    '',
    '# Be the application in another shell, with any AWS SDK or the AWS CLI',
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    'unset AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    ...names.map((name) => `export ${name}='${environment[name]}'`),
    'export AWS_SHARED_CREDENTIALS_FILE=/dev/null',
    // The helper of profiles finds the container's tokens by it.
    ...(profile === undefined
      ? ['export AWS_CONFIG_FILE=/dev/null']
      : [`export HOME='${environment['HOME']}'`]),
    `aws sts get-caller-identity${option}`,
    `aws s3 ls${option}`,
  ]
}
