# SPDX-License-Identifier: Apache-2.0
"""What clients ask of whoever has them, where there is one server."""


class OneServer:
    """Needs the server."""

    # How long somebody waits to be let in before it tries another server; nothing if there is none.
    patience = None
    # From one attempt to the next, where something has to be said again.
    retry_pause = 0.1

    def server_for(self, person):
        """One at which it may try to come in."""
        return self.server if self.server.is_up else None

    def absence(self, person):
        """Between how many seconds somebody stays away whose connection has ended."""
        return 0, 0.06
