# SPDX-License-Identifier: Apache-2.0
"""One thread in which everything of a history happens: descriptors, times, and the record of what was sent and seen."""
import heapq
import selectors
import time


class World:
    """All that is recorded has its place in one list, in the order in which it happened here."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.watched = {}
        self.timers = []
        self.count = 0
        self.begin = time.monotonic()
        self.record = []
        self.runs = 0  # of all servers
        self.pause = 0.0  # from one look at what is waited for to the next
        self.held_up = 0.0  # by how many seconds something came later here than it was asked for

    @property
    def now(self):
        return time.monotonic() - self.begin

    def note(self, who, what, **facts):
        self.record.append({"at": round(self.now, 4), "who": who, "what": what, **facts})

    def after(self, seconds, action):
        self.count += 1
        heapq.heappush(self.timers, (self.now + seconds, self.count, action))

    def watch(self, descriptor, link, reads=True, writes=False):
        events = (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if writes else 0)
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if self.watched.get(number) == events:
            return
        if number in self.watched:
            self.selector.unregister(number)
            del self.watched[number]
        if events:
            self.selector.register(number, events, link)
            self.watched[number] = events

    def unwatch(self, descriptor):
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if self.watched.pop(number, None):
            self.selector.unregister(number)

    def turn(self, longest):
        """Waits for something to happen, no longer than until the next time that somebody asked for."""
        if self.timers:
            longest = min(longest, self.timers[0][0] - self.now)
        longest = max(0.0, longest)
        if self.watched:
            for key, events in self.selector.select(longest):
                if key.fd in self.watched:
                    key.data.ready(bool(events & selectors.EVENT_READ), bool(events & selectors.EVENT_WRITE))
        else:
            time.sleep(longest)
        while self.timers and self.timers[0][0] <= self.now:
            self.held_up = max(self.held_up, self.now - self.timers[0][0])
            heapq.heappop(self.timers)[2]()

    def run_until(self, condition, seconds):
        """Whether the condition came true in that time."""
        deadline = self.now + seconds
        while not condition():
            if self.now >= deadline:
                return False
            next_look = min(deadline, self.now + self.pause) if self.pause else None
            self.turn(deadline - self.now)
            while next_look and self.now < next_look:
                self.turn(next_look - self.now)
        return True
