export const check = (o) => o.length;
