interface Context { vars: Record<string, string | number> }
export default function (context: Context): string {
  const { name, n } = context.vars;
  return `typed ${name} ${n}`;
}
