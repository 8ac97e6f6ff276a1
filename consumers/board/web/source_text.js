// A source of facts as people call it.

const KINDS = {hl7v2: 'Sykehusets pasientsystem (HL7)', plo: 'PLO-meldinger fra HER-id', intake: 'Innmelding fra', import: 'Fil'};

export function sourceName(source) {
  if (source === 'hub') return 'Huben selv';
  const colon = source.indexOf(':');
  return `${KINDS[source.slice(0, colon)] ?? source.slice(0, colon)} ${source.slice(colon + 1)}`;
}
