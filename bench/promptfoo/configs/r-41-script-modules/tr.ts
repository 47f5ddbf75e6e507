export default (o: string, c: any): string => `tr ${o} ${c.vars.k}`;
