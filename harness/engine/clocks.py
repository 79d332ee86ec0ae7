"""The clock of a driver beside ours. Pure: readings come in, nothing is asked here.

A reply tells when its call began and ended by the driver's own CLOCK_MONOTONIC. On this machine
that is our clock as well. On another one, or in a time namespace, it counts from another moment, so
it is compared as NTP does (RFC 5905, section 8): we note when a request was sent and its reply was
heard, the driver when it began and ended. Half of the time that was spent on the way bounds how
wrong the comparison can be; of several the one with the shortest way is kept.

Clocks of two machines drift apart by some microseconds a second: the comparison is for one case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.protocol import Reply

# ns. We read our clock as a number of seconds, which after months of uptime is that coarse.
GRAIN = 1000


@dataclass(frozen=True)
class Offset:
    """By how many ns a driver's clock is `ahead` of ours, and how wrong that is at most."""

    ahead: int
    error: int

    def in_our_time(self, reply: Reply) -> Reply:
        """The reply with its times as our clock would have read. 0 is no time."""
        if not reply.end:
            return reply
        return replace(reply, begin=reply.begin - self.ahead, end=reply.end - self.ahead)


@dataclass(frozen=True)
class Exchange:
    """One request and its reply: ns by our clock and, between them, by the driver's."""

    sent: int
    began: int
    ended: int
    heard: int

    @property
    def shared(self) -> bool:
        """Whether both clocks may be one: the driver did it after we sent, before we heard.

        Another clock of which that is true is right to within the exchange all the same. A driver
        that gives no time counts as having ours."""
        within = self.sent - GRAIN <= self.began <= self.ended <= self.heard + GRAIN
        return within or not self.ended

    @property
    def offset(self) -> Offset:
        """What this exchange says of the driver's clock."""
        ahead = ((self.began - self.sent) + (self.ended - self.heard)) // 2
        way = (self.heard - self.sent) - (self.ended - self.began)
        return Offset(ahead, max(way, 0) // 2 + GRAIN)
