// Oslo's wall clock as forms have it ("2026-03-02T13:00"), to and from the moments that the hub speaks of. A reader whose own
// clock is another zone's still writes Oslo's.

const parts = new Intl.DateTimeFormat('sv-SE', {timeZone: 'Europe/Oslo', dateStyle: 'short', timeStyle: 'short'});

export const osloWall = (time) => parts.format(new Date(time)).replace(' ', 'T');

const asIfUtc = (wall) => Date.parse(`${wall}Z`);

// RFC 3339, or '' for what is no time. Of the hour that comes twice in October it is the first, as with the hub.
export function momentOfWall(wall) {
  const wanted = asIfUtc(wall);
  if (Number.isNaN(wanted)) return '';
  const offset = (time) => asIfUtc(osloWall(time)) - Math.floor(time / 60000) * 60000;
  const summer = wanted - offset(wanted - 2 * 3600 * 1000);
  const time = osloWall(summer) === wall ? summer : wanted - offset(wanted);
  return new Date(time).toISOString();
}
