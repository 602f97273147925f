/** What `--keep` prints: how to look at what is left running. */
import type { Aws } from '../stand-ins/aws/server.ts'
import type { StartedPod } from './steps/start.ts'

/** Lines to paste into another shell. */
export function toInstructions(aws: Aws, { containers }: StartedPod): string {
  const container = containers.find(({ expectation }) => expectation.kind === 'target')
  return [
    ...(container === undefined ? [] : [...asContainer(container.environment), '']),
    '# What AWS has recorded',
    `curl -s ${aws.url}/_/trail | grep -E '"(eventTime|eventName|arn|errorCode)"'`,
    '',
    '# STS goes down, and comes back',
    `curl -s ${aws.url}/_/faults -d '{ "kind": "reset", "operation": "AssumeRole" }'`,
    `curl -s -X DELETE ${aws.url}/_/faults`,
  ].join('\n')
}

function asContainer(environment: Readonly<Record<string, string>>): string[] {
  const {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file = '',
  } = environment
  const names = Object.keys(environment).filter((name) => name.startsWith('AWS_'))
  return [
    '# Ask the endpoint as the application does, and as somebody else',
    `curl -s -H "Authorization: $(cat '${file}')" ${uri}`,
    `curl -s ${uri}`,
    '',
    '# Be the application in another shell, with any AWS SDK or the AWS CLI',
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    'unset AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    ...names.map((name) => `export ${name}='${environment[name]}'`),
    'export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null',
    'aws sts get-caller-identity',
    'aws s3 ls',
  ]
}
