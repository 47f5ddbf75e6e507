type T = { vars: { q: string } }; const tests: T[] = [{ vars: { q: 'ts' } }]; export default tests;
