export const helper = (x) => 'esm ' + x;
