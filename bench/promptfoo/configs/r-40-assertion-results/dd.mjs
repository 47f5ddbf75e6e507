export default { default: (o) => o.includes('h') };
