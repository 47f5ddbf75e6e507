export default (output, context) => ({ pass: output === 'esm', score: output.length / 4, reason: 'module' });
