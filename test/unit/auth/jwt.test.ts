import { describe, expect, it } from 'vitest';
import { haveSameSubject } from '../../../src/auth/jwt.js';
import { createJwtFromText } from '../../support/user-service.js';

const compare = (claims: string, otherClaims: string) =>
  haveSameSubject(createJwtFromText(claims), createJwtFromText(otherClaims));

describe('two tokens', () => {
  it.each([
    ['{"sub":"1"}', '{"sub":"1"}', true],
    ['{"sub":7}', '{"sub":7}', true],
    ['{"sub":"1","iss":"a"}', '{"sub":"1","iss":"a"}', true],
    ['{"sub":9007199254740991}', '{"sub":9007199254740991}', true],
    ['{"sub":"1234567890123456789"}', '{"sub":"1234567890123456790"}', false],
    ['{"sub":7}', '{"sub":8}', false],
    ['{"sub":7}', '{"sub":"7"}', false],
    ['{"sub":1234567890123456789}', '{"sub":1234567890123456790}', undefined],
    ['{"sub":9007199254740992}', '{"sub":9007199254740993}', undefined],
    ['{"sub":-9007199254740992}', '{"sub":-9007199254740993}', undefined],
    ['{"sub":1e400}', '{"sub":2e400}', undefined],
    ['{"sub":0.1}', '{"sub":0.1}', undefined],
    ['{"sub":true}', '{"sub":true}', undefined],
    ['{"sub":["1"]}', '{"sub":["1"]}', undefined],
    ['{"sub":null}', '{"sub":null}', undefined],
    ['{"sub":7}', '{"sub":9007199254740993}', undefined],
    ['{"sub":"1","iss":9007199254740992}', '{"sub":"1","iss":9007199254740993}', undefined],
    ['{"sub":"1","iss":null}', '{"sub":"1","iss":null}', undefined],
    ['{"sub":"1","iss":true}', '{"sub":"1","iss":true}', undefined],
    ['{"sub":"1","iss":""}', '{"sub":"1","iss":""}', undefined],
    ['{"sub":"1","iss":"a"}', '{"sub":"1"}', undefined],
    ['{"sub":"1","iss":"a"}', '{"sub":"1","iss":"b"}', undefined],
  ])('with the claims %s and %s: same subject is %s', (claims, otherClaims, expected) => {
    expect(compare(claims, otherClaims)).toBe(expected);
    expect(compare(otherClaims, claims)).toBe(expected);
  });
});
