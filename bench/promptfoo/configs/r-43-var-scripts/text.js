module.exports = () => 'plain';
