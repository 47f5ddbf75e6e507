// A user who wants order 7 cancelled.
module.exports = ({messages}) => {
  const text = messages[messages.length - 1].content;
  if (/is cancelled/.test(text)) return JSON.stringify({goal_reached: true});
  return JSON.stringify({goal_reached: false, message: /Which order/.test(text) ? "it is order 7" : "please cancel my order 7"});
};
