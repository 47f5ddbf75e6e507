import fs from 'fs';
import { helper } from './lib/helper.mjs';
import data from './data.json' with { type: 'json' };
const { vars } = data;
export default {
  prompts: ['{{w}}'], providers: [async function named(p) { return { output: helper(p) + fs.existsSync('promptfooconfig.mjs') }; }],
  tests: vars.map((w) => ({ vars: { w }, assert: [{ type: 'javascript', value: (o) => o.startsWith(helper(w)) }] })),
};
