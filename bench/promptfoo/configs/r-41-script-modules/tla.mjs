const v = await Promise.resolve(5);
export default () => v === 5;
