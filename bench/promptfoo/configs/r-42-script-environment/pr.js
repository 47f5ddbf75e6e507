module.exports = ({ vars }) => 'pr ' + vars.k + process.env.FROM_DOTENV + process.env.FROM_CONFIG;
