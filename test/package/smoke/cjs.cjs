const library = require('persona-client');
const { runAll } = require('./program.cjs');

import('persona-client')
  .then((other) => runAll({ library, other, ...JSON.parse(process.argv[2]) }))
  .then((results) => console.log(JSON.stringify(results)));
