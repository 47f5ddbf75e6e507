import Helper from './lib/util';
interface Opt { id?: string; config?: Record<string, unknown> }
export default class TsProvider { private n = 0; readonly config; constructor(private o: Opt) { this.config = o.config; } id(): string { return 'ts-prov'; } async callApi(prompt: string): Promise<{ output: string }> { this.n += 1; return { output: new Helper('P').run(prompt) }; } }
