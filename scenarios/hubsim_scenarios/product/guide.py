"""The guide: every clause in the customer's wording. Ids are stable: scenarios and reports cite them."""

CLAUSES: dict[str, str] = {
    "C1": (
        "A person with a personal PRO account can create a PRO company in PRO Desktop (module "
        'Company, "Create company").'
    ),
    "C2": (
        "It is done from the personal account: a person who is in a company account must switch to "
        "the personal one first."
    ),
    # prose: ignore (the customer's wording)
    "C3": "Whoever registers the company becomes its Company owner.",
    "C4": "The owner can never be changed afterwards.",
    "C5": (  # prose: ignore (the customer's wording)
        "The builds of PRO Desktop that have the services are sent by e-mail; who has not received one "
        "asks Technical Support."
    ),
    "D1": (
        "Ajax Services are not available in every country; a company must be registered as a Dealer "
        "to provide them. A company in a country without the services is refused."
    ),
    "D2": (
        "Only the Company owner can do it: Company > Service settings > Additional Ajax services > "
        "required information > Activate."
    ),
    "D3": "Afterwards a new tab (Services) appears in the navigation bar; before, it is absent.",
    "D4": "From then on the company can add a Reseller and start onboarding customers.",
    "E1": (
        "Service managers are employees who handle Reseller connection requests, handle packages "
        "(activate, suspend, resume, deactivate) and see the dashboard. Naming one is optional: the "
        "owner can do it all."
    ),
    "E2": "Only the Company owner adds employees in these roles and grants or revokes their rights.",
    "E3": (
        "There are two roles, Senior service manager and Service manager; today both have the same rights."
    ),
    "E4": "An employee's role can be changed at any time.",
    # prose: ignore (the customer's wording)
    "E5": "An employee must have a PRO account of their own before the company can add them.",
    "E6": (
        "Adding is by e-mail address; the new employee appears in the employee list and gets an "
        "invitation by e-mail."
    ),
    "E7": (
        "The invited employee signs in (to PRO Desktop, for the service manager roles) and picks the "
        "company from the account switcher (icon at the upper right) to act for it."
    ),
    "E8": (
        # prose: ignore (the customer's wording)
        "In the future the Senior service manager alone will have access to financial information and be "
        "able to suspend accounts; today nobody in these roles differs (a setting: today / future)."
    ),
    "R1": "Resellers are outside (monitoring) companies that distribute Ajax Services to Dealers.",
    "R2": "The Dealer sends a connection request, once only for each Reseller.",
    "R3": "The Reseller must approve it; this is the last step of Dealer onboarding.",
    "R4": (
        "Path: Services > Your Resellers > Add Reseller > country > Reseller from the list; one that "
        "is not listed is invited by e-mail."
    ),
    "R5": (
        'The found or invited Reseller\'s details are shown before "Send request"; a sent request '
        "stands at the top of the list."  # prose: ignore (the customer's wording)
    ),
    "R6": "Only after approval can services be activated.",
    "R7": (
        "On the Reseller's side (their own Services module, for its owner and service managers): Your "
        "dealers > Requests > Approve, with an optional number for the Dealer; plus a dashboard "
        "(dealers with active services, accounts with active services, fee per package) and payment "
        "history."
    ),
    "A1": (
        "Installers and Service managers of the Dealer (and its owner) can activate, suspend, resume "
        "and deactivate. Nobody outside the Dealer company can."  # prose: ignore (the customer's wording)
    ),
    "A2": "Installers do it in the Ajax PRO app or PRO Desktop, Service managers in PRO Desktop.",
    "A3": "The hub must have an Ajax SIM installed.",
    "A4": (
        'Path: Objects > object > device list > tile "Activation required" under the hub; the same '
        "tile is on the hub information screen."
    ),
    "A5": "There is one package, and it is preselected.",
    "A6": (
        "A single connected Reseller is preselected; with several the user must choose. Ajax invoices "
        "the chosen Reseller for the activated account."
    ),
    "A7": (
        'After "Activate" in the pop-up, a star appears among the hub\'s status icons and the tile '
        'reads "Activated", in the device list and on the hub information screen.'
    ),
    "A8": (
        "Every action on services (Activate, Deactivate, Resume, Stop) asks for confirmation in a pop-up; "
        "until it is confirmed nothing has happened, and rights and state are those at the moment of "
        "confirming."
    ),
    "S1": (
        "An Installer or Service manager of the Dealer can deactivate; the services run until the end "
        "of the month and end for good on the first day of the next month."
    ),
    "S2": 'Path: tile "Activated" > Deactivate > confirm > screen "Services will expire soon".',
    "S3": (
        'Meanwhile the tile reads "Expires soon", and the second tile warns that access to some '
        "features may expire."
    ),
    "S4": 'On the 1st: services off, SIM off, star gone, tile "Activation required".',
    "U1": (
        "An Installer or Service manager can resume at any time before the services end: they will "
        "then not end on the 1st."
    ),
    "U2": 'Path: tile "Expires soon" > Resume > confirm > screen "Services activated".',
    "X1": (
        "An Installer or Service manager can stop at once, both when active and when expiring; for "
        "when the end user cancels."
    ),
    "X2": (
        "Services end immediately; if the service is an Ajax SIM, the SIM is cut off immediately as well."
    ),
    "X3": (
        'Path: tile "Activated" or "Expires soon" > Stop now > Stop; the device list shows '
        '"Activation required" and the SIM stops working.'
    ),
    "X4": "A Dealer company with active services cannot be deleted from the system.",
    "X5": (
        "A hub's configuration cannot be transferred to another hub while it has active services. An "
        "expiring service is still an active one."
    ),
}

CHAPTERS: dict[str, str] = {
    "C": "Company",
    "D": "Becoming a Dealer",
    "E": "Employees",
    "R": "Connecting to a Reseller",
    "A": "Activation",
    "S": "Deactivation from the start of the next month",
    "U": "Resuming",
    "X": "Stop now",
}
"""The chapters, by the letter that their clauses start with."""

PATHS: frozenset[str] = frozenset(
    {
        *("C1", "D2", "D3", "E6", "E7", "R4", "R5", "R7"),
        *("A4", "A5", "A6", "A7", "A8", "S2", "S3", "U2", "X3"),
    }
)
"""The clauses that are paths through the screens of the apps. Scenarios act by commands and cannot prove them
alone: a browser test walks each of them (see `walks`)."""
