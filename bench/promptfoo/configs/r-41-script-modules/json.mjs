import data from './lib/data.json' with { type: 'json' };
export default () => data.n === 3;
