"""The reference of the mutants: a table for each part of the world."""

from hubsim_scenarios.proving.mutant import Part
from hubsim_scenarios.proving.mutants import MUTANTS

_ABOUT = {
    Part.HUB: "The hub's hardware, and what the hub shows.",
    Part.AGENT: "The program on the hub.",
    Part.CARRIER: "The carrier and its network.",
    Part.MESSAGES: "The messages that the cloud publishes and receives.",
    Part.BUSINESS: "Month ends, invoices, mails, notices and observations.",
    Part.APP: "The screens of people, in the app and in PRO Desktop.",
    Part.COMMANDS: "Commands that the cloud accepts, and that do nothing.",
    Part.REFUSALS: "Requests that the cloud accepts instead of refusing. They change nothing.",
}


def mutants_page() -> str:
    """Return the page in Markdown."""
    intro = (
        "# Mutants\n\n`hubsim run --prove` plays scenarios against these mutants of the virtual world: "
        "see [proving](proving.md). The last column has the clauses of the guide and the rules of the "
        "[contract](contract.md) that a mutant violates, or the topic of the domain notes.\n"
    )
    parts = [intro]
    for part in Part:
        rows = "".join(
            f"| `{mutant.name}` | {mutant.breaks} | {', '.join(mutant.violates) or '-'} |\n"
            for mutant in MUTANTS
            if mutant.part is part
        )
        title = part.value[0].upper() + part.value[1:]
        parts.append(
            f"\n## {title}\n\n{_ABOUT[part]}\n\n| mutant | deviation | violates |\n|---|---|---|\n{rows}"
        )
    return "".join(parts)
