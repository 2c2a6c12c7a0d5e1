"""The texts of refusals by the cloud and by the bench, in the language of the run.

The Polish ones are loaded when a run needs one: virtual plays in English load nothing of HTTP.
"""

from hubsim_cloud.domain.refusals import Refusal
from hubsim_scenarios.translation.story_language import is_english


def refusal_words(refusal: Refusal) -> str:
    """Return the text of a refusal by the cloud. The Polish one is filled with the facts."""
    if is_english():
        return refusal.text
    from hubsim_cloud.http.problem_texts import polish_text  # noqa: PLC0415 (see above)

    return polish_text(refusal.name.value, refusal.facts).detail


def bench_refusal_words(name: str, text: str) -> str:
    """Return the text of a refusal by the bench or the lab; `text` is the English one."""
    if is_english():
        return text
    from hubsim_cloud.http.lab_refusal_texts import lab_refusal_text  # noqa: PLC0415 (see above)

    return lab_refusal_text(name, text)
