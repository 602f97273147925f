/** Bundles each program into one minified CommonJS file in `dist/`: images carry no `node_modules`. */
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { z } from 'zod'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')))

await build({
  entryPoints: {
    webhook: 'webhook/main.ts',
    sidecar: 'sidecar/main.ts',
    assume: 'sidecar/assume.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  // The version is a constant of the bundle; from source it is read as 'dev'.
  define: { ROLECHAIN_VERSION: JSON.stringify(version) },
})
