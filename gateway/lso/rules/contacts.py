"""Rules about the contacts of the request and their roles."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.lso.agreement import BUYER_CONTACT_ROLE, SELLER_CONTACT_ROLE
from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.rules.context import CONTACTS, Context


def required_roles_are_there(context: Context) -> Iterator[Problem]:
    """P7 and P12, 87.1-R25: the Buyer's contact and those demanded at onboarding.

    Silent while a role is missing or faulty: it may be the one that is wanted.
    """
    listed = context.document.get(CONTACTS)
    roles = [role for _, role in context.contacts]
    if not isinstance(listed, list) or not listed or len(roles) < len(listed) or None in roles:
        return
    demanded = dict.fromkeys((BUYER_CONTACT_ROLE, *context.agreement.demanded_contact_roles))
    missing = [role for role in demanded if role not in roles]
    if missing:
        yield Problem(
            ProblemCode.MISSING_PROPERTY,
            (CONTACTS,),
            f"lacks a contact with the role {BUYER_CONTACT_ROLE}"
            if BUYER_CONTACT_ROLE in missing
            else "lacks a contact",
            f"A contact is needed for each of these roles: {', '.join(missing)}.",
        )


def seller_contact_is_the_sellers(context: Context) -> Iterator[Problem]:
    """P11."""
    for contact, role in context.contacts:
        if role == SELLER_CONTACT_ROLE:
            yield Problem(
                ProblemCode.INVALID_VALUE, contact.at("role"), "is the role of a contact that the Seller adds"
            )


def roles_are_known(context: Context) -> Iterator[Problem]:
    """P10, 87.1-R27: names the accepted roles, unless it was agreed to ignore the others."""
    if context.agreement.unknown_contact_roles == "ignore":
        return
    accepted = context.agreement.accepted_contact_roles
    told_apart = {*accepted, SELLER_CONTACT_ROLE}
    for contact, role in context.contacts:
        if role is not None and role not in told_apart:
            yield Problem(
                ProblemCode.INVALID_VALUE,
                contact.at("role"),
                "is no agreed role of a contact",
                f"Accepted roles: {', '.join(accepted)}.",
            )
