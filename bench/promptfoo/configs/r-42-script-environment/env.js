module.exports = () => process.env.FROM_DOTENV === 'dot' && process.env.FROM_CONFIG === 'conf';
