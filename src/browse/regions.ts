import { once } from '../schemas/once.js';

/** Three-letter codes of ISO 3166-1 that begin with the two-letter code of the same country. */
const CODES_WITH_PREFIX = `
  AFG ALB DZA ASM AIA ARG AUS AZE BHR BEL BMU BTN BOL BWA BVT BRA IOT BGR BFA KHM CMR CAN CXR CCK COL CRI CIV HRV CUB
  CYP CZE DJI DMA DOM ECU EGY ERI ETH FJI FIN FRA GAB GMB GEO DEU GHA GIB GRC GUM GTM HTI HMD VAT HND HKG HUN ISL IND
  IDN IRN ITA JPN JOR KEN KIR KWT KGZ LAO LVA LBN LSO LIE LTU LUX MWI MYS MLI MHL MRT MUS MDA MCO MNG MSR MAR MMR NAM
  NRU NPL NLD NCL NZL NIC NER NGA NFK MKD NOR OMN PSE PAN PER PHL PRI QAT REU ROU RUS RWA SHN KNA LCA VCT WSM SMR STP
  SAU SLE SGP SOM ZAF ESP LKA SDN SJM CHE SYR TWN TJK TZA THA TLS TGO TKL TON TTO TCA UGA GBR USA UMI UZB VUT VEN VNM
  VGB VIR YEM ZMB ZWE GGY IMN JEY BLM SXM SSD XKX`;

/** The other countries: the two-letter code, then the three-letter code. */
const CODE_PAIRS = `
  ADAND AOAGO AQATA AGATG AMARM AWABW ATAUT BSBHS BDBGD BBBRB BYBLR BZBLZ BJBEN BABIH BNBRN BIBDI CVCPV KYCYM CFCAF
  TDTCD CLCHL CNCHN KMCOM CGCOG CDCOD CKCOK DKDNK SVSLV GQGNQ EEEST FKFLK FOFRO GFGUF PFPYF TFATF GLGRL GDGRD GPGLP
  GNGIN GWGNB GYGUY IQIRQ IEIRL ILISR JMJAM KZKAZ KPPRK KRKOR LRLBR LYLBY MOMAC MGMDG MVMDV MTMLT MQMTQ YTMYT MXMEX
  FMFSM MZMOZ NUNIU MPMNP PKPAK PWPLW PGPNG PYPRY PNPCN PLPOL PTPRT PMSPM SNSEN SCSYC SKSVK SISVN SBSLB GSSGS SRSUR
  SZSWZ SESWE TNTUN TRTUR TMTKM TVTUV UAUKR AEARE UYURY WFWLF EHESH AXALA BQBES CWCUW MEMNE MFMAF RSSRB`;

/** Common names that `Intl` does not return. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'united states of america': 'US',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  uae: 'AE',
  holland: 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
  'ivory coast': 'CI',
  burma: 'MM',
  swaziland: 'SZ',
  macau: 'MO',
  'russian federation': 'RU',
  'republic of ireland': 'IE',
  'republic of korea': 'KR',
  'viet nam': 'VN',
};

/** Codes that name no country: groups of countries, pseudo-locales, and unknown regions. */
const NO_COUNTRIES: readonly string[] = ['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ'];

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
export const TWO_LETTER_CODES: readonly string[] = LETTERS.flatMap((first) =>
  LETTERS.map((second) => first + second),
);

/** Makes names comparable: `Côte d’Ivoire` and `COTE D'IVOIRE`, `U.S.A.` and `usa`. */
export const normalizeName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[\p{M}.'’]/gu, '')
    .replace(/&/g, ' and ')
    .replace(/[\s_]+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(/(^|\band )the /g, '$1')
    .replace(/\bsaint /g, 'st ');

export const createDisplayNames = (
  language: string,
  type: 'language' | 'region',
  style: 'long' | 'short' = 'long',
) => new Intl.DisplayNames([language], { type, style, fallback: 'none' });

const regionNames = once(() => createDisplayNames('en', 'region'));

/** Resolves a code to the code in use: `UK` and `826` to `GB`. Returns `undefined` for an unknown code. */
export function resolveRegionCode(code: string): string | undefined {
  const { region = '' } = new Intl.Locale(`und-${code}`);
  const isKnown = !NO_COUNTRIES.includes(region) && /^[A-Z]{2}$/.test(region);
  return isKnown && regionNames().of(region) !== undefined ? region : undefined;
}

/**
 * Two-letter codes by name: the long and the short English name, the name in the most likely language of the country, other
 * common names, and the three-letter code.
 */
const regionsByName = once((): ReadonlyMap<string, string> => {
  const regions = new Map<string, string>();
  const add = (name: string | undefined, region: string) => {
    const key = normalizeName(name ?? '');
    if (key !== '' && !regions.has(key)) regions.set(key, region);
  };
  const codes = new Set(TWO_LETTER_CODES.map(resolveRegionCode).filter((code) => code !== undefined));
  for (const style of ['long', 'short'] as const) {
    const names = createDisplayNames('en', 'region', style);
    for (const code of codes) add(names.of(code), code);
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) add(name, code);
  for (const code of CODES_WITH_PREFIX.trim().split(/\s+/)) add(code, code.slice(0, 2));
  for (const pair of CODE_PAIRS.trim().split(/\s+/)) add(pair.slice(2), pair.slice(0, 2));
  for (const code of codes) {
    const { language } = new Intl.Locale(`und-${code}`).maximize();
    if (language !== 'und') add(createDisplayNames(language, 'region').of(code), code);
  }
  return regions;
});

/** Returns the two-letter code of a country, given as a code or a name. Returns `undefined` for any other text. */
export function findRegion(text: string): string | undefined {
  const name = normalizeName(text);
  return /^(?:[a-z]{2}|\d{3})$/.test(name) ? resolveRegionCode(name) : regionsByName().get(name);
}
