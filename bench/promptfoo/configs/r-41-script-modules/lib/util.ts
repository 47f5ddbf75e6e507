export enum Level { Low = 1, High }
export const score = (s: string): number => s.length / 10;
export type X = { a: string };
export default class Helper { constructor(private readonly p: string) {} run(x: string) { return this.p + x; } }
