module.exports = require('persona-client');
