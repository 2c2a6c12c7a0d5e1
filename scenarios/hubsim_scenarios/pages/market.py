"""The page about markets: the format of the user's file, and the countries with their defaults."""

from hubsim_cloud.domain.countries import countries
from hubsim_cloud.domain.market import (
    DEFAULT_MARKET,
    CountryTerms,
    Market,
    PackageTerms,
    billing_zone,
    offers_services,
)
from hubsim_contract.docstrings import documented_texts

EXAMPLE = """\
services = false             # optional: in all countries that are not named

[countries.PL]
services = true

[countries.KZ]
services = true
zone = "Asia/Qyzylorda"

[packages.home]
name = "Home"
fee_cents = 450
currency = "PLN"

[packages.business]
name = "Business"
fee_cents = 1200
currency = "EUR"
"""

_OPENING = """\
# Markets

A market defines in which countries the services are offered, which billing zone the companies of a country
have, and which packages can be activated for which fee. It is a TOML file:
"""

_USE = """\
| where | how |
|---|---|
| plays | `hubsim run --market FILE`, in every kind of world; `hubsim validate --market FILE` checks it |
| [tests](pytest.md) | `pytest --hubsim-market FILE` |
| [a server](settings.md) | the setting `market`; a world of its lab has the market of its play |

Without a file the market has the countries below and one package, `ajax-sim`. A file changes only what it
names:

- `services` at the top applies to every country that the file does not name. Without it these countries are
  as in the table below.
- A key that a country omits has the value of the table below.
- The packages of a file replace the one of the program. One package is preselected; with several the user
  must choose ([guide A5](scenarios.md#clauses-of-the-guide)).

A server can be started with another file later. A new fee applies to each month that is invoiced from then
on. A package that is still to be invoiced must stay in the file; otherwise the server does not start.
"""

_ON_THE_WAY = """\
## Changes in a running world

The operator can end or begin the services in a country at any time, with the action
[`set_country_services`](scenarios.md#set_country_services) or over HTTP with
`PUT /v1/operator/countries/{country}/services`. The change is a fact: it survives a restart, and it is in the
histories of the companies of that country. If a country loses the services:

| what | follows |
|---|---|
| enroll as a Dealer, activate | refused with `country_not_supported` |
| hub without running services | its tile disappears at once (`not_available`) |
| active services | continue, and are invoiced, until a person ends them |
| expiring services | end on the 1st; until then they can be resumed |
| deactivate, resume, stop | as before |
| Dealers and connections | stay |
"""

_COUNTRIES = """\
## Countries

The codes are those of ISO 3166-1. The default billing zone of a country with several zones is the one of its
capital or of its largest city. A company can set another one.

| code | country | billing zone | services |
|---|---|---|---|
"""


def market_page() -> str:
    """Return the text of the page."""
    keys = [
        *_keys(Market, ""),
        *_keys(CountryTerms, "countries.CODE."),
        *_keys(PackageTerms, "packages.ID."),
    ]
    rows = [
        f"| `{code}` | {country.name} | `{billing_zone(DEFAULT_MARKET, code)}` "
        f"| {'yes' if offers_services(DEFAULT_MARKET, code) else 'no'} |"
        for code, country in countries().items()
    ]
    table = "| key | meaning |\n|---|---|\n" + "\n".join(keys) + "\n"
    parts = (_OPENING, f"```toml\n{EXAMPLE}```\n", table, _USE, _ON_THE_WAY)
    return "\n".join(parts) + "\n" + _COUNTRIES + "\n".join(rows) + "\n"


def _keys(kind: type, prefix: str) -> list[str]:
    """Return the rows of the keys of a table in the file."""
    return [f"| `{prefix}{name}` | {text} |" for name, text in documented_texts(kind).items()]
