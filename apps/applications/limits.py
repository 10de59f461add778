"""How often one address may ask without signing in. A hall or a village shares one address, so right answers cost little;
wrong ones are what a guesser makes. Pages and API count together."""

from apps.kit.limits import Limit

TRACK_WRONG, TRACK_ALL = Limit("track.wrong"), Limit("track.all")
