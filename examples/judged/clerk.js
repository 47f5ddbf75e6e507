// A model with two tools, so that this project runs without a key: it looks an
// order up before it cancels it.
module.exports = ({messages}) => {
  const said = messages.filter((m) => m.role === "user").map((m) => m.content).join(" ");
  const id = (said.match(/order (\d+)/) || [])[1];
  const name = (said.match(/name is (\w+)/) || [])[1];
  const call = (tool) => ({output: "", tool_calls: [{id: tool, name: tool, args: {id}}]});
  const last = messages[messages.length - 1];
  if (last.role === "tool") {
    const reply = last.parts[last.parts.length - 1].tool_result.output;
    if (reply.error) return `I am sorry: ${reply.error}.`;
    return reply.status === "open" ? call("cancel_order") : `Order ${id} is cancelled.`;
  }
  if (/cancel/.test(last.content)) return id ? call("get_order") : "Which order?";
  return name ? `Hello ${name}.` : "Hello.";
};
