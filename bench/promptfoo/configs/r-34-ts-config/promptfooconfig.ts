import type { Stats } from 'fs';
enum Tone { Warm = 'warm', Cold = 'cold' }
interface T { vars: Record<string, string>; assert: any[] }
const tones: Tone[] = [Tone.Warm, Tone.Cold];
class Provider { public label?: string; constructor(private name: string) {} id = (): string => this.name; callApi = async (prompt: string, ctx?: any): Promise<{ output: string }> => ({ output: `${this.name}:${prompt}` }); }
const config = {
  prompts: [{ raw: 'x', label: 'typed', function: async ({ vars }: { vars: Record<string, unknown> }): Promise<string> => `typed ${vars.tone as string}` }],
  providers: [new Provider('ts-one')],
  tests: tones.map((tone): T => ({ vars: { tone }, assert: [{ type: 'javascript', value: (output: string): boolean => output.includes(tone satisfies string) }] })),
};
export default config;
