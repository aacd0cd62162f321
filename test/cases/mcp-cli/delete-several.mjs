// `persona-client delete 1 99999 2`: personas 1 and 2 exist, 99999 does not.
// The command deletes persona 1, does not try persona 2, and reports "Nothing was written." --json does not mention persona 1.
// It should continue, list both outcomes, and exit with 3 (partial), as `erase` does. purge should reject February 30.
import { check, finish, runCli, setTimeLimitSeconds, startService } from '../lib.mjs';

setTimeLimitSeconds(40);
const service = await startService();
const result = runCli(service.url, ['delete', '1', '99999', '2', '--json']);
const isDeleted = (id) => runCli(service.url, ['get', String(id), '--json']).status === 4;
const isFirstDeleted = isDeleted(1);
const isSecondDeleted = isDeleted(2);
check(
  'both personas that exist are deleted',
  isFirstDeleted && isSecondDeleted,
  `1 gone: ${isFirstDeleted}, 2 gone: ${isSecondDeleted}`,
  'both gone',
);
check(
  'the message is correct',
  !isFirstDeleted || !/Nothing was written/.test(result.stderr),
  'Nothing was written.',
  'the deleted ids',
);
check(
  '--json lists the deleted ids',
  /"deleted"|"id":1\b/.test(result.stdout + result.stderr),
  result.stdout || 'nothing',
  'a list',
);
const purge = runCli(service.url, ['purge', '--older-than', '2024-02-30', '--dry-run', '--json']);
check(
  'purge --older-than 2024-02-30 is rejected',
  purge.status === 2,
  `exit ${purge.status} ${purge.stdout.slice(0, 60)}`,
  'exit 2',
);
finish();
