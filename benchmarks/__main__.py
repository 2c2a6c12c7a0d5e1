"""Measure everything, and print the figures with a description of the machine."""

import asyncio

from benchmarks import (
    agent,
    broker,
    cloud,
    cloud_port,
    console_fleet,
    console_hub,
    http,
    live,
    machine,
    month_end,
    pages,
    programs,
    restart,
    running,
    streams,
    virtual,
)


def main() -> None:
    """Run all measurements, one after the other."""
    print(machine.describe())
    print(f"virtual: {virtual.plays_per_second():,.0f} plays of the full journey per second (target 300)")
    took_s, count = virtual.catalog_s()
    print(f"virtual: the whole catalog, {count} scenarios, in {took_s:.2f} s with start-up (target 3)")
    print(f"live: the full journey, embedded broker, in {live.journey_s():.2f} s with start-up (target 3)")
    for jobs in (1, 2):
        print(
            f"live: the whole catalog with --jobs {jobs} in {running.catalog_live_s(jobs):.0f} s (target 60)"
        )
    for kind, is_live in (("virtual", False), ("live", True)):
        verdict_s = running.saved_to_verdict_s(live=is_live)
        print(f"--watch on the whole catalog, {kind}: {verdict_s:.2f} s from saving to verdict (target 1)")
    print(f"hubsim --help in {live.help_s():.2f} s (target 0.3)")
    rate, messages, batches = asyncio.run(cloud.messages_per_second())
    print(f"cloud: {rate:,.0f} messages per second, {messages:,} in {batches} SQLite transactions")
    cloud_port.show(asyncio.run(cloud_port.measure()))
    agent.show(asyncio.run(agent.measure()))
    asyncio.run(broker.show())
    print(f"{machine.describe_disk()}, broker {programs.broker_kind()}; servers and clients share its cores")
    http.show(asyncio.run(http.measure()))
    pages.show(asyncio.run(pages.measure()))
    streams.show(asyncio.run(streams.measure()))
    console_hub.show(asyncio.run(console_hub.measure()))
    console_fleet.show(asyncio.run(console_fleet.measure()))
    for hubs in restart.sizes():
        restart.show(asyncio.run(restart.measure(hubs)))
    for hubs in filter(None, restart.sizes()):
        month_end.show(asyncio.run(month_end.measure(hubs)))


if __name__ == "__main__":
    main()
