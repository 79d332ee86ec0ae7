"""A run of launches: begun again and again until a rule says that it is enough.

All variants are alive at once and take turns (`launches.py`, `turns.py`). Measured one after the
other, identical programs differ by 2 to 9 %; by turns, by 0.1 to 0.3 %. This file repeats launches,
takes out a variant that fails, replaces launches that somebody else on the machine has spoiled, and
keeps what was measured when the user has had enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from harness.measuring.disturbance import Disturbance
from harness.measuring.lanes import LaneFailure, Variant
from harness.measuring.launches import Course, Launch, OpenPair, Spoiled
from harness.measuring.placement import Placement, idle_states
from harness.measuring.stopping import Reason, Rule
from harness.measuring.tally import Tally
from harness.measuring.warming import WarmUp


@dataclass(frozen=True)
class Played:
    """A launch that is over, without its samples. `why` says what spoiled it; None if it counts.

    `warm_up` has the trips played before measuring, by variant. `seconds` are of the whole launch,
    the start of its processes included.
    """

    number: int
    seconds: float
    warm_up: Mapping[Variant, WarmUp]
    disturbance: Disturbance
    why: str | None = None


@dataclass
class Campaign:
    """What a run has given so far, and why it ended."""

    placement: Placement
    tallies: dict[Variant, Tally] = field(default_factory=dict)
    failures: dict[Variant, LaneFailure] = field(default_factory=dict)
    played: list[Played] = field(default_factory=list)
    reason: Reason = "launches"
    seconds: float = 0.0

    @property
    def counted(self) -> list[Played]:
        """The launches that the figures are from."""
        return [one for one in self.played if one.why is None]

    @property
    def replaced(self) -> list[Played]:
        """The launches that do not count."""
        return [one for one in self.played if one.why is not None]

    def centres(self, variant: Variant) -> tuple[float, ...]:
        """The middle of each counted launch in ns; empty for a variant that failed."""
        tally = None if variant in self.failures else self.tallies.get(variant)
        return tuple(tally.centres) if tally is not None else ()

    def may_replace(self, spare: int, budget: float | None) -> bool:
        """Whether one more spoiled launch may be replaced."""
        lost = sum(one.seconds for one in self.replaced)
        return len(self.replaced) < spare and (budget is None or lost < budget / 3)

    def take(self, launch: Launch, played: Played) -> None:
        """Add a launch."""
        self.failures.update(launch.refused)
        self.played.append(played)
        if played.why is not None:
            return
        self.placement = self.placement.lacking(*launch.placement.missing)
        for variant, samples in launch.samples.items():
            tally = self.tallies.setdefault(variant, Tally())
            tally.add(samples, launch.extra.get(variant))


Widest = Callable[[Campaign], float]
Told = Callable[[Campaign], None]


def run(
    variants: Sequence[Variant],
    open_pair: OpenPair,
    course: Course,
    rule: Rule,
    widest: Widest = lambda _: 0.0,
    spare: int = 0,
    told: Told = lambda _: None,
) -> Campaign:
    """Play launches until the rule says stop.

    `open_pair(name)` starts fresh drivers for the variants whose `pair` is that name, and ends them
    when left. `widest` tells the half-width of the widest interval so far, `told` hears of each
    launch. Up to `spare` launches that others spoiled are replaced, as long as that takes a third
    of the budget; the others count. A variant that fails is out; the launch it spoiled is begun
    again without it. Ctrl-C ends the run with what there is.
    """
    with idle_states(course.placement) as placement:
        campaign = Campaign(placement)
        try:
            _play(campaign, variants, open_pair, course, rule, widest, spare, told)
        except KeyboardInterrupt:
            if not campaign.counted:
                raise
            campaign.reason = "interrupted"
    return campaign


def _play(
    campaign: Campaign,
    variants: Sequence[Variant],
    open_pair: OpenPair,
    course: Course,
    rule: Rule,
    widest: Widest,
    spare: int,
    told: Told,
) -> None:
    begun = course.clock()
    longest = 0.0
    for number in count():
        left = [variant for variant in variants if variant not in campaign.failures]
        counted = len(campaign.counted)
        width = widest(campaign) if counted > 1 else float("inf")
        reason = rule.reason(counted, width, course.clock() - begun, longest)
        if reason is not None or not left:
            campaign.reason = reason or campaign.reason
            return
        before = course.clock()
        try:
            launch = course.launch(left, open_pair, number)
        except Spoiled as spoiled:
            campaign.failures.update(dict.fromkeys(spoiled.variants, spoiled.failure))
            continue
        seconds = course.clock() - before
        longest = max(longest, seconds)
        why = launch.disturbance.trouble if campaign.may_replace(spare, rule.budget) else None
        campaign.take(launch, Played(number, seconds, launch.warm_up, launch.disturbance, why))
        campaign.seconds = course.clock() - begun
        told(campaign)
