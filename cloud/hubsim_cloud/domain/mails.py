"""Mails about an act: who needs to know of it, and receives a mail.

The answer to a Dealer's request, and every later change of that connection, concerns the Dealer's owner and
the person who sent the request. A person who no longer works for the Dealer does not get it.
"""

from hubsim_cloud.domain.authorization import role_in
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.facts import MailSent
from hubsim_cloud.domain.state import Company, ResellerConnection
from hubsim_cloud.domain.types import MailKind


def mail(
    context: DecisionContext, to: str, kind: MailKind, company: str | None, detail: str = ""
) -> MailSent:
    """Return the mail to an address, about a company."""
    return MailSent(at_ms=context.now_ms, by=context.by, to=to, kind=kind, company=company, detail=detail)


def mails_to_dealer(
    context: DecisionContext, connection: ResellerConnection, kind: MailKind, company: str
) -> list[MailSent]:
    """Return the mails to the people of the Dealer whom the connection concerns: at least to its owner."""
    dealer = context.state.companies[connection.dealer]
    asked = connection.requested_by
    people = {dealer.owner: None} | ({asked: None} if role_in(dealer, asked) is not None else {})
    return [mail(context, context.state.people[person].email, kind, company) for person in people]


def mails_of_deletion(context: DecisionContext, company: Company) -> list[MailSent]:
    """Return the mails to everyone who loses something by the deletion of the company.

    They are its employees, the Dealers that are connected to it, and the Resellers to which it is connected.
    """
    state, kind = context.state, MailKind.COMPANY_DELETED
    mails = [mail(context, state.people[person].email, kind, company.id) for person in company.employees]
    mails += [
        mail(context, connection.email, kind, company.id)
        for connection in state.connections.get(company.id, {}).values()
        if connection.reseller is not None
    ]
    for connections in state.connections.values():
        if company.id in connections:
            mails += mails_to_dealer(context, connections[company.id], kind, company.id)
    return list({sent.to: sent for sent in mails}.values())
