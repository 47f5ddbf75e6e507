export const helper = (x) => 'h:' + x;
