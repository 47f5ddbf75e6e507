// A toy judge, so that this project runs without a key: it compares numbers, and
// understands nothing else. Its verdicts show how judging works, not whether an
// answer is good. `genops judge calibrate` tells how far it can be trusted.

// What the judge is asked stands in the last message as NAME: and a JSON text.
const part = (text, name) => {
  const lines = text.split("\n");
  return JSON.parse(lines[lines.indexOf(name + ":") + 1]);
};
const sentences = (texts) => [].concat(texts).join(" ").match(/[^.!?]+[.!?]*/g).map((s) => s.trim()).filter(Boolean);
const numbers = (text) => text.match(/\d+/g) || [];

// A text contradicts a list of facts when it holds a number that none of them has.
const verdict = (text, facts) => {
  const stranger = numbers(text).find((n) => !numbers(facts.join(" ")).includes(n));
  return stranger
    ? {verdict: "no", reason: `${stranger} is not among the facts`}
    : {verdict: "yes", reason: "no number is against it"};
};

const replies = {
  truths: (text) => ({truths: sentences(part(text, "Source"))}),
  claims: (text) => ({claims: sentences(part(text, "Output"))}),
  verdicts: (text) => ({verdicts: part(text, "Claims").map((claim) => verdict(claim, part(text, "Facts")))}),
  score: (text) => {
    const whole = sentences(part(text, "actual_output")).every((s) => /^[A-Z].*[.!?]$/.test(s));
    return {reason: whole ? "whole sentences" : "no whole sentences", score: whole ? 10 : 2};
  },
};

// The schema of the reply tells which step is asked.
module.exports = ({messages, schema}) => {
  const step = Object.keys(replies).find((name) => name in schema.properties);
  if (!step) throw new Error("this toy judges faithfulness and coherence only");
  return JSON.stringify(replies[step](messages[messages.length - 1].content));
};
