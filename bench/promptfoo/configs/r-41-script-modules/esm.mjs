import { helper } from './lib/h.mjs';
export default ({ vars }) => helper(vars.k);
