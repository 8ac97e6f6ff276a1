// The roles that may own a decision: those of the built-in cards, and those that open cards name, as a hub may have its own.

const BUILT_IN = {
  h: {klinikksjef: 'Klinikksjef', pasientflytkoordinator: 'Pasientflytkoordinator', avdelingssjef: 'Vakthavende avdelingssjef',
    overlege_i_vakt: 'Vakthavende overlege', direktor_i_vakt: 'Direktør i vakt'},
  k: {koordinerende_enhet: 'Koordinerende enhet i kommunen', tildelingskontor: 'Leder for tildelingskontoret',
    virksomhetsleder_helsehus: 'Virksomhetsleder for helsehus og korttidsplasser', kommunalsjef_helse: 'Kommunalsjef for helse og mestring'},
};

// [role, name] of those that a hospital ("h") or a kommune ("k") has.
export function rolesOf(kind, cards) {
  const roles = {...BUILT_IN[kind]};
  for (const card of cards) {
    if (!card.issued.recipient.startsWith(`${kind}:`)) continue;
    for (const role of [...(card.issued.roles ?? []), ...(card.issued.actions ?? []).map((action) => action.owner ?? {})]) {
      if (role.role) roles[role.role] = role.name || role.role;
    }
  }
  return Object.entries(roles);
}
