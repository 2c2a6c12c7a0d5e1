"""The texts of refusals by the cloud and by the bench, in the language of the run."""

from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.http.lab_refusal_texts import lab_refusal_text
from hubsim_cloud.http.problem_texts import polish_text
from hubsim_scenarios.translation.story_language import is_english


def refusal_words(refusal: Refusal) -> str:
    """Return the text of a refusal by the cloud. The Polish one is filled with the facts."""
    return refusal.text if is_english() else polish_text(refusal.name.value, refusal.facts).detail


def bench_refusal_words(name: str, text: str) -> str:
    """Return the text of a refusal by the bench or the lab; `text` is the English one."""
    return text if is_english() else lab_refusal_text(name, text)
