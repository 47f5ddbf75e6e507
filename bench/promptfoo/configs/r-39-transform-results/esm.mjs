export default (o) => 'default ' + o; export const other = (o) => 'other ' + o;
