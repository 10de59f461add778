"""Who listens to which event: the one page. Event name -> [(listener, handler, queue)]."""

LISTENERS: dict[str, list[tuple[str, str, str]]] = {}
