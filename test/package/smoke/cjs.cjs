const library = require('persona-client');
const { runCases } = require('./program.cjs');

import('persona-client')
  .then((otherCopy) => runCases({ library, otherCopy, ...JSON.parse(process.argv[2]) }))
  .then((results) => console.log(JSON.stringify(results)));
