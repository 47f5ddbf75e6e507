import { score, Level } from './lib/util';
import data from './lib/data.json';
export default (output: string, context: { vars: Record<string, string> }): { pass: boolean; score: number; reason: string } => ({ pass: data.words.length > 0 && Level.Low === 1, score: score('hello'), reason: 'ts' as const });
export const deep = (output: string) => output!.length > 0;
