import Helper, { Level } from './lib/util';
import type { X } from './lib/util';
export default async function ({ vars, provider }: { vars: Record<string, any>; provider: { id: string; label?: string } }) { const x: X = { a: 'q' }; return new Helper('pr-').run(`${vars.k}-${Level.High}-${provider.id}-${x.a}`); }
export const other = ({ vars }: any) => 'other ' + vars.k;
