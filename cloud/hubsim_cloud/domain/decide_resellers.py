"""Decides commands about Resellers: appointment, and the connection of Dealer and Reseller (guide R)."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.authorization import as_dealer, as_reseller
from hubsim_cloud.domain.commands import (
    AppointReseller,
    ApproveRequest,
    BaseCommand,
    RejectRequest,
    RestoreConnection,
    SendDesktopBuild,
    SendRequest,
    SuspendConnection,
)
from hubsim_cloud.domain.connection import ConnectionAction, legal
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import (
    ConnectionApproved,
    ConnectionRejected,
    ConnectionRequested,
    ConnectionRestored,
    ConnectionSuspended,
    Fact,
    InvitationClaimed,
    ResellerAppointed,
)
from hubsim_cloud.domain.mails import mail, mails_to_dealer
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, ResellerConnection, State
from hubsim_cloud.domain.types import MailKind
from hubsim_cloud.domain.validation import email_address, optional


def handle_appoint_reseller(context: DecisionContext, command: AppointReseller) -> Accepted:
    """Make a company a Reseller. It also gets the requests that were sent to its address before.

    The Dealers that sent them get a mail.

    For the operator only; `decide` has checked that. An address can belong to one Reseller.
    """
    state = context.state
    email = email_address(command.email)
    company = state.companies.get(command.company)
    if company is None or company.deleted:
        raise Refused(
            RefusalName.COMPANY_NOT_FOUND,
            "This company does not exist: it was deleted, or its id is wrong.",
            company=command.company,
        )
    if company.reseller is not None:
        raise Refused(
            RefusalName.ALREADY_A_RESELLER, f"{company.name} is already a Reseller.", company=company.id
        )
    if email in state.reseller_by_email:
        raise Refused(
            RefusalName.EMAIL_TAKEN,
            f"{email} belongs to another Reseller: give another address.",
            email=email,
        )
    appointed = ResellerAppointed(
        at_ms=context.now_ms, by=context.by, company=company.id, email=email, listed=command.listed
    )
    facts: list[Fact] = [appointed]
    for dealer, connections in state.connections.items():
        # A Dealer that invited its own new address does not become its own Reseller.
        if email in connections and dealer != company.id:
            claimed = InvitationClaimed(
                at_ms=context.now_ms, by=context.by, dealer=dealer, reseller=company.id, email=email
            )
            kind = MailKind.INVITATION_CLAIMED
            facts += [claimed, *mails_to_dealer(context, connections[email], kind, company.id)]
    return Accepted(tuple(facts))


def handle_send_desktop_build(context: DecisionContext, command: SendDesktopBuild) -> Accepted:
    """Send the mail with the build of PRO Desktop that has the services (guide C5).

    The address may belong to no person yet. The mail can be sent again. For the operator only.
    """
    email = email_address(command.email)
    return Accepted((mail(context, email, MailKind.DESKTOP_BUILD, None),))


def handle_send_request(context: DecisionContext, command: SendRequest) -> Accepted:
    """Send a Reseller the one request, or invite an address without a Reseller yet (guide R2, R4)."""
    dealer = as_dealer(context, command)
    reseller, email = find_reseller(context.state, dealer, command.reseller, command.email)
    key = email if reseller is None else reseller.id
    sent = context.state.connections.get(dealer.id, {}).get(key)
    if sent is not None:
        raise Refused(
            RefusalName.REQUEST_ALREADY_SENT,
            "A request to this Reseller was already sent, and can be sent only once: ask it to approve it.",
            reseller=key,
            state=sent.state.value,
        )
    requested = ConnectionRequested(
        at_ms=context.now_ms,
        by=context.by,
        dealer=dealer.id,
        reseller=None if reseller is None else reseller.id,
        email=email,
    )
    kind = MailKind.RESELLER_INVITATION if reseller is None else MailKind.CONNECTION_REQUEST
    return Accepted((requested, mail(context, email, kind, dealer.id)))


def find_reseller(
    state: State, dealer: Company, reseller: str | None, email: str | None
) -> tuple[Company | None, str]:
    """Return the chosen Reseller and its address. The Reseller is None if none has the address.

    Refuses with `information_missing` unless exactly one of the two is given. Refuses with
    `reseller_not_found` an unknown id, the Dealer's own company, and a Reseller outside the directory; the
    last one can be given if it is already connected, or by its address.
    """
    if (reseller is None) == (email is None):
        raise Refused(
            RefusalName.INFORMATION_MISSING,
            "Give either a Reseller from the directory or an e-mail address.",
            missing="reseller or email",
        )
    address = None if email is None else email_address(email)
    wanted = reseller if address is None else state.reseller_by_email.get(address)
    if wanted is None:
        assert address is not None
        return None, address
    company = state.companies.get(wanted)
    if company is None or company.reseller is None or company.id == dealer.id:
        raise _not_found(wanted)
    if address is None and not company.reseller.listed and wanted not in state.connections.get(dealer.id, {}):
        raise _not_found(wanted)
    return company, company.reseller.email


def _not_found(reseller: str) -> Refused:
    return Refused(
        RefusalName.RESELLER_NOT_FOUND,
        "This Reseller does not exist: choose one of the directory.",
        reseller=reseller,
    )


def handle_approve_request(context: DecisionContext, command: ApproveRequest) -> Accepted:
    """Approve an open or rejected request; services can be activated from now on (guide R3, R6).

    The given number, or None, replaces the Reseller's number for the Dealer (guide R7).
    """
    connection, reseller = _connection_for(context, command, command.dealer, ConnectionAction.APPROVE)
    number = optional(command.number, "number")
    fact = ConnectionApproved(
        at_ms=context.now_ms, by=context.by, dealer=connection.dealer, reseller=reseller, number=number
    )
    return _accepted_with_mail(context, fact, connection, reseller, MailKind.CONNECTION_APPROVED)


def handle_reject_request(context: DecisionContext, command: RejectRequest) -> Accepted:
    """Reject an open request; it stays in the list and can be approved later."""
    connection, reseller = _connection_for(context, command, command.dealer, ConnectionAction.REJECT)
    fact = ConnectionRejected(
        at_ms=context.now_ms, by=context.by, dealer=connection.dealer, reseller=reseller
    )
    return _accepted_with_mail(context, fact, connection, reseller, MailKind.CONNECTION_REJECTED)


def handle_suspend_connection(context: DecisionContext, command: SuspendConnection) -> Accepted:
    """Suspend an approved connection. Running services continue; new ones cannot be activated."""
    connection, reseller = _connection_for(context, command, command.dealer, ConnectionAction.SUSPEND)
    fact = ConnectionSuspended(
        at_ms=context.now_ms, by=context.by, dealer=connection.dealer, reseller=reseller
    )
    return _accepted_with_mail(context, fact, connection, reseller, MailKind.CONNECTION_SUSPENDED)


def handle_restore_connection(context: DecisionContext, command: RestoreConnection) -> Accepted:
    """End a suspension."""
    connection, reseller = _connection_for(context, command, command.dealer, ConnectionAction.RESTORE)
    fact = ConnectionRestored(
        at_ms=context.now_ms, by=context.by, dealer=connection.dealer, reseller=reseller
    )
    return _accepted_with_mail(context, fact, connection, reseller, MailKind.CONNECTION_RESTORED)


def _connection_for(
    context: DecisionContext, command: BaseCommand, dealer: str, action: ConnectionAction
) -> tuple[ResellerConnection, str]:
    """Return the connection to the Dealer and the id of the acting Reseller, or refuse an illegal action."""
    reseller, _ = as_reseller(context, command)
    connection = context.state.connections.get(dealer, {}).get(reseller.id)
    if connection is None or not legal(connection.state, action):
        state = "none" if connection is None else connection.state.value
        raise Refused(
            RefusalName.REQUEST_NOT_FOUND,
            f"Cannot {action} the request of this Dealer, because the state of the connection is {state}: "
            "see Your dealers and Requests.",
            dealer=dealer,
            state=state,
        )
    return connection, reseller.id


def _accepted_with_mail(
    context: DecisionContext, fact: Fact, connection: ResellerConnection, reseller: str, kind: MailKind
) -> Accepted:
    """Accept the fact, and notify the Dealer by mail."""
    return Accepted((fact, *mails_to_dealer(context, connection, kind, reseller)))


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    AppointReseller: handle_appoint_reseller,
    SendDesktopBuild: handle_send_desktop_build,
    SendRequest: handle_send_request,
    ApproveRequest: handle_approve_request,
    RejectRequest: handle_reject_request,
    SuspendConnection: handle_suspend_connection,
    RestoreConnection: handle_restore_connection,
}
