/** Go modules for what they hold beside their code: exact versions, with the hash that Go itself locks. */
import { Missing, needTool, run } from './cache.ts'

/** What `go mod download -json` prints. */
interface Downloaded {
  readonly Dir: string
  readonly Sum: string
}

/** The folder of the module of a line of a `go.sum`: `MODULE VERSION HASH`. `cwd` is in no module itself. */
export async function downloadModule(line: string, cwd: string): Promise<string> {
  await needTool('go', 'golang-go')
  const [module = '', version = '', sum] = line.trim().split(' ')
  const said = await run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd })
  const { Dir, Sum } = JSON.parse(said) as Downloaded
  if (Sum !== sum) throw new Missing(`${module} ${version} is ${Sum}, and should be ${sum}`)
  return Dir
}
