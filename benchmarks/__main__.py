"""Take all figures and print them, with the machine they were taken on."""

import asyncio

from benchmarks import cloud, http, live, machine, programs, restart, running, virtual


def main() -> None:
    """Measure, one thing after the other."""
    print(machine.describe())
    print(f"virtual: {virtual.plays_per_second():,.0f} plays of the full journey per second (aim 300)")
    took_s, count = virtual.catalog_s()
    print(f"virtual: the whole catalog, {count} scenarios, in {took_s:.2f} s with start-up (aim 3)")
    print(f"live: the full journey on embedded amqtt in {live.journey_s():.2f} s with start-up (aim 3)")
    for jobs in (1, 2):
        print(f"live: the whole catalog with --jobs {jobs} in {running.catalog_live_s(jobs):.0f} s (aim 60)")
    for kind, is_live in (("virtual", False), ("live", True)):
        told_s = running.saved_to_told_s(live=is_live)
        print(f"--watch on the whole catalog, {kind}: {told_s:.2f} s from saving to verdict (aim 1)")
    print(f"hubsim --help in {live.help_s():.2f} s (aim 0.3)")
    rate, messages, batches = asyncio.run(cloud.messages_per_second())
    print(f"cloud: {rate:,.0f} messages per second, {messages:,} in {batches} SQLite transactions")
    print(f"{machine.describe_disk()}, broker {programs.broker_kind()}; servers and clients share the cores")
    http.show(asyncio.run(http.measure()))
    for hubs in restart.sizes():
        restart.show(asyncio.run(restart.measure(hubs)))


if __name__ == "__main__":
    main()
