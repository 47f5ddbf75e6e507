export default async (n) => ({ output: 'async ' + n });
