/** A page for tests: its commands are of bash and Node, and ask STS with the token of the variable TOKEN. */

const ASK = `"$NODE" -e '
  const query = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleSessionName: "team.app",
    RoleArn: "arn:aws:iam::111111111111:role/base", WebIdentityToken: process.env.TOKEN })
  fetch(process.env.AWS_ENDPOINT_URL + "/?" + query).then(async (answer) => console.log(await answer.text()))'`

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } })
}

/** A page with roles in both AWS accounts, a bucket in the second, a namespace, and these commands. */
export function toMarkdown(commands: string): string {
  const provider = 'oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE'
  return `
\`\`\`json trust=arn:aws:iam::111111111111:role/base
${policy({
  Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${provider}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${provider}:sub`]: 'system:serviceaccount:team:app' } },
})}
\`\`\`

\`\`\`json trust=arn:aws:iam::222222222222:role/reader
${policy({ Principal: { AWS: 'arn:aws:iam::111111111111:role/base' }, Action: 'sts:AssumeRole' })}
\`\`\`

\`\`\`json permissions=arn:aws:iam::222222222222:role/reader
${policy({ Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports-archive' })}
\`\`\`

## What it is now

\`\`\`yaml file=team.yaml
kind: Namespace
metadata:
  name: team
\`\`\`

${commands}
`
}

/** Commands and a trail that are as the page says. */
export const AS_WRITTEN = `\`\`\`sh
${ASK}
\`\`\`

\`\`\`text
…<SubjectFromWebIdentityToken>system:serviceaccount:team:app</SubjectFromWebIdentityToken>…
\`\`\`

\`\`\`trail
AssumeRoleWithWebIdentity by system:serviceaccount:team:app: arn:aws:iam::111111111111:role/base
GetObject by reader/team.app: reports-archive/2026/november.txt
\`\`\`
`
