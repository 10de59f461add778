"""How often one address may ask without signing in. A hall or a village shares one address, so right answers cost little;
wrong ones are what a guesser makes. Pages and API count together."""

from apps.kit.limits import Limit

TRACK_WRONG, TRACK_ALL = Limit("track.wrong"), Limit("track.all")
# Of one case from all addresses together; and what an address may still guess wrong at a case where that is over.
TRACK_NUMBER, TRACK_NUMBER_HERE = Limit("track.number"), Limit("track.number_here")
