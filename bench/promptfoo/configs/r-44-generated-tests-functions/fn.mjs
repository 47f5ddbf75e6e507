export default async (config) => Array.from({ length: (config && config.n) || 1 }, (_, i) => ({ vars: { q: 'fn' + i } })); export const named = () => [{ vars: { q: 'named' }, description: 'd' }];
